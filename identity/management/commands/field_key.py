"""Change the key of sealed columns: e-mail addresses, second factors, requests for help, sessions."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from identity.services import resealing
from rounds.exceptions import Refused


class Command(BaseCommand):
    help = (
        "Change the key that contact data is sealed under, in four steps: make, use, reseal, retire. Between "
        "them copy the file to every machine and start servers and workers again; see docs/operations.md. "
        "Use it once a year, when an operator leaves, or when the key may have been seen."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "step",
            choices=["status", "make", "use", "reseal", "retire"],
            help="status: how much is sealed under which key",
        )
        parser.add_argument("number", type=int, nargs="?", help="which key to use or to retire")

    def handle(self, *args: Any, **options: Any) -> None:
        step, number = options["step"], options["number"]
        if step in ("use", "retire") and number is None:
            raise CommandError(f"say which key to {step}: field_key {step} NUMBER")
        try:
            getattr(self, f"_{step}")(number)
        except Refused as refusal:
            raise CommandError(refusal.messages[0]) from refusal

    def _status(self, _number: int | None) -> None:
        for number, n_values in resealing.sealed_under().items():
            self.stdout.write(f"key {number}: {n_values} values")

    def _make(self, _number: int | None) -> None:
        number = resealing.make_key()
        self.stdout.write(f"key {number} is made: copy its file to the key directory of every machine")

    def _use(self, number: int) -> None:
        resealing.use_key(number)
        self.stdout.write(f"key {number} is in use: start every web server and worker again")

    def _reseal(self, _number: int | None) -> None:
        try:
            for column, n_rows in resealing.reseal():
                self.stdout.write(f"{column.table}.{column.column}: {n_rows} rows")
        except IntegrityError as error:
            raise CommandError(
                f"two rows hold one address: change one of them, then go on ({error})"
            ) from error
        self._status(None)

    def _retire(self, number: int) -> None:
        resealing.retire_key(number)
        self.stdout.write(f"key {number} is retired: destroy its file when no backup needs it any more")
