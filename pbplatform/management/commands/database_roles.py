"""Give the site's programs a database role of their own, which owns nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

from pbplatform.operations import privileges


class Command(BaseCommand):
    help = (
        "Make the database roles pb_web (web server and workers) and pb_audit (reading), or bring their "
        "privileges up to date. Run it as the owner of the tables after each migrate; then let a login role "
        "be a member of pb_web and name that one in DATABASE_URL. Running it again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print the SQL and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in list(privileges.statements()):
                self.stdout.write(f"{statement};")
                if not options["dry_run"]:
                    cursor.execute(statement)
