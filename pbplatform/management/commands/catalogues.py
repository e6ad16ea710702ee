from django.core.management.base import BaseCommand, CommandError, CommandParser

from pbplatform import catalogues


class Command(BaseCommand):
    help = "Bring the message catalogues up to date, compile them, or check that nothing is untranslated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["update", "compile", "check"])

    def handle(self, *args: object, verb: str, **options: object) -> None:
        if verb == "check":
            found = list(catalogues.problems())
            for line in found:
                self.stdout.write(line)
            if found:
                raise CommandError(f"{len(found)} problems in the catalogues")
            return
        for line in catalogues.update() if verb == "update" else catalogues.compile_all():
            self.stdout.write(line)
