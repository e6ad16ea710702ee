"""Write the migrations that install changed guards."""

from typing import Any

from django.core.management.base import BaseCommand

from core.db.guard_migrations import write_missing


class Command(BaseCommand):
    help = (
        "Write a migration for each app whose guards (the triggers in its guards.py, the functions in its "
        "sql/) are not those that its last migration installs. Writes nothing where none has changed."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        written = write_missing()
        for path in written:
            self.stdout.write(str(path))
        if not written:
            self.stdout.write("No guard has changed.")
