from django.core.management.base import BaseCommand, CommandError, CommandParser

from devtools import catalogues


class Command(BaseCommand):
    help = "Bring the message catalogues up to date, compile them, or check that nothing is untranslated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["update", "compile", "check"])

    def handle(self, *args: object, verb: str, **options: object) -> None:
        lines = {
            "update": catalogues.update,
            "compile": catalogues.compile_all,
            "check": catalogues.problems,
        }[verb]()
        written = 0
        try:
            for line in lines:
                self.stdout.write(line)
                written += 1
        except catalogues.NoGettext as error:
            raise CommandError(str(error)) from error
        if verb == "check" and written:
            raise CommandError(f"{written} problems in the catalogues")
