"""Hold the whole site against its invariants now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.services import note_inspection
from pbplatform.operations import invariants


class Command(BaseCommand):
    help = (
        "Hold the whole site against its invariants, as a worker does every hour. Use it after a restore, "
        "after an outage, and before a result is published. Ends with 1 if something does not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--deep",
            action="store_true",
            help="open every ballot and recompute the whole record: minutes for a million ballots",
        )
        parser.add_argument("--record", action="store_true", help="show the result on the status page too")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = invariants.inspect(deep=options["deep"])
        says = {invariant.code: invariant.says for invariant in invariants.INVARIANTS}
        for finding in findings:
            self.stdout.write(
                f"{finding.code:<4}{'BROKEN' if finding.found else 'holds'}  {says[finding.code]}"
            )
            for problem in finding.found:
                self.stdout.write(f"          {problem}")
        if options["record"]:
            note_inspection([{"code": finding.code, "found": finding.found} for finding in findings])
        n_broken = sum(1 for finding in findings if finding.found)
        if n_broken:
            raise CommandError(f"{n_broken} invariants do not hold.")
