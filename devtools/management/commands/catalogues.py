from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from devtools import catalogues


class Command(BaseCommand):
    help = (
        "Bring the message catalogues up to date, compile or check them, or rename sentences of the source."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["update", "compile", "check", "rename"])
        parser.add_argument(
            "changes", nargs="?", type=Path, help="for rename: a CSV file of context, old, new"
        )

    def handle(self, *args: object, verb: str, changes: Path | None, **options: object) -> None:
        if (verb == "rename") != (changes is not None):
            raise CommandError("Name a file of changes for `rename`, and for nothing else.")
        lines = (
            catalogues.rename(changes)
            if changes
            else {
                "update": catalogues.update,
                "compile": catalogues.compile_all,
                "check": catalogues.problems,
            }[verb]()
        )
        written = 0
        try:
            for line in lines:
                self.stdout.write(line)
                written += 1
        except (catalogues.NoGettext, catalogues.UnknownSentence) as error:
            raise CommandError(str(error)) from error
        if verb == "check" and written:
            raise CommandError(f"{written} problems in the catalogues")
