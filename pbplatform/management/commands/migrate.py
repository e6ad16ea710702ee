"""Django's own `migrate`, which leaves ballots alone while people vote, and holds nobody up for long."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangosMigrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.operations import RunSQL
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import pre_migrate

from core.db.triggers import InstallGuards, tables_touched

# The apps with the tables of ballots' options, votes and the count.
_BALLOTS = frozenset({"polls", "ballots", "paper", "counting"})
_OPEN = """
SELECT authority.slug || '/' || round.slug FROM polls_poll poll
  JOIN rounds_round round ON round.id = poll.round_id
  JOIN authorities_authority authority ON authority.id = round.authority_id
  JOIN rounds_phase phase ON phase.round_id = poll.round_id AND phase.kind = 'voting'
 WHERE poll.state = 'frozen' AND clock_timestamp() >= phase.opens_at AND clock_timestamp() < phase.closes_at
 ORDER BY authority.slug, round.slug
"""
# Queries that wait for a table behind a waiting migration wait too: every page that reads the table.
LOCK_SECONDS = 4
# A table that is being changed is shut for as long.
STATEMENT_SECONDS = 60
# SQLSTATEs of the two limits.
_LIMITS = {
    "55P03": (
        "--lock-timeout",
        "a table that it changes was held by somebody else for longer than {lock:g} seconds. Look in "
        "pg_stat_activity for a transaction that has been open for long",
    ),
    "57014": ("--statement-timeout", "one of its statements took longer than {statement:g} seconds"),
}


class Command(DjangosMigrate):
    help = (
        f"{DjangosMigrate.help} Refuses, and changes nothing, if a migration touches ballots while people "
        "vote: it might hold casting up, or change what a ballot is. Gives up rather than hold the site up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--while-voting",
            action="store_true",
            help="Migrate the tables of ballots although people vote. Try it on a copy first.",
        )
        parser.add_argument(
            "--lock-timeout",
            type=float,
            default=LOCK_SECONDS,
            metavar="SECONDS",
            help="How long to wait for a table that others use, and make others wait for it; 0 forever. "
            "Default: %(default)s.",
        )
        parser.add_argument(
            "--statement-timeout",
            type=float,
            default=STATEMENT_SECONDS,
            metavar="SECONDS",
            help="How long one statement may take; 0 forever. Default: %(default)s.",
        )

    def handle(
        self,
        *args: Any,
        while_voting: bool = False,
        lock_timeout: float = LOCK_SECONDS,
        statement_timeout: float = STATEMENT_SECONDS,
        **options: Any,
    ) -> str | None:
        sender = apps.get_app_config("ballots")
        connection = connections[options["database"]]
        planned: list[tuple[Migration, bool]] = []

        def look(*, using: str, plan: list[tuple[Migration, bool]], **kwargs: Any) -> None:
            planned.extend(plan)
            if not while_voting:
                refuse_while_voting(using, (migration for migration, _is_backwards in plan))

        # Sent once the plan is known and before anything of it is run.
        pre_migrate.connect(look, sender=sender, weak=False)
        try:
            with _limits(connection, lock=lock_timeout, statement=statement_timeout):
                answer: str | None = super().handle(*args, **options)
                return answer
        except OperationalError as error:
            option, why = _LIMITS.get(getattr(error.__cause__, "pgcode", None) or "", ("", ""))
            if not option:
                raise
            raise CommandError(
                f"{_first_to_do(connection, planned)} was given up and undone: "
                f"{why.format(lock=lock_timeout, statement=statement_timeout)}. Nothing is half migrated: "
                "what came before it is done, it and what follows are not. Run migrate again; "
                f"{option} allows more."
            ) from error
        finally:
            pre_migrate.disconnect(look, sender=sender)


@contextmanager
def _limits(connection: BaseDatabaseWrapper, *, lock: float, statement: float) -> Iterator[None]:
    """Limit the waiting and running time of every statement of the connection, in seconds."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {round(lock * 1000)}")
        cursor.execute(f"SET statement_timeout = {round(statement * 1000)}")
    try:
        yield
    finally:
        # A transaction that failed takes its settings back by itself.
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
                cursor.execute("RESET statement_timeout")


def _first_to_do(connection: BaseDatabaseWrapper, planned: list[tuple[Migration, bool]]) -> str:
    """Name the first migration of the plan that is not done."""
    done = MigrationRecorder(connection).applied_migrations()
    for migration, is_backwards in planned:
        if ((migration.app_label, migration.name) in done) is is_backwards:
            return str(migration)
    return "What Django does after migrating"


def refuse_while_voting(using: str, migrations: Iterable[Migration]) -> None:
    """Raise CommandError if one of the migrations touches ballots and voting is open in some round."""
    touching = sorted(str(migration) for migration in migrations if touches_ballots(migration))
    if not touching:
        return
    connection = connections[using]
    if "polls_poll" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        rounds = [name for (name,) in cursor.fetchall()]
    if rounds:
        raise CommandError(
            f"Voting is open in {', '.join(rounds)}, and these migrations touch ballots: "
            f"{', '.join(touching)}. Nothing was migrated. Wait until the vote has closed, or give "
            "--while-voting."
        )


def touches_ballots(migration: Migration) -> bool:
    """Return whether a migration changes tables of the vote, or has SQL or guards that name one."""
    if migration.app_label in _BALLOTS:
        return True
    tables = {model._meta.db_table for label in _BALLOTS for model in apps.get_app_config(label).get_models()}
    for operation in migration.operations:
        if isinstance(operation, InstallGuards) and tables & tables_touched(migration.app_label):
            return True
        if isinstance(operation, RunSQL):
            sql = f"{operation.sql}{operation.reverse_sql}"
            if any(table in sql for table in tables):
                return True
    return False
