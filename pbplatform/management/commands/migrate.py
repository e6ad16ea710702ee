"""Django's own `migrate`, which leaves ballots alone while people vote."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangosMigrate
from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.operations import RunSQL
from django.db.models.signals import pre_migrate

_OPEN = """
SELECT round.slug FROM voting_poll poll
  JOIN rounds_round round ON round.id = poll.round_id
  JOIN rounds_phase phase ON phase.round_id = poll.round_id AND phase.kind = 'voting'
 WHERE poll.state = 'frozen' AND clock_timestamp() >= phase.opens_at AND clock_timestamp() < phase.closes_at
 ORDER BY round.slug
"""


class Command(DjangosMigrate):
    help = (
        f"{DjangosMigrate.help} Refuses, and changes nothing, if a migration touches ballots while people "
        "vote: it might hold casting up, or change what a ballot is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--while-voting",
            action="store_true",
            help="Migrate the tables of ballots although people vote. Try it on a copy first.",
        )

    def handle(self, *args: Any, while_voting: bool = False, **options: Any) -> str | None:
        voting = apps.get_app_config("voting")

        def look(*, using: str, plan: list[tuple[Migration, bool]], **kwargs: Any) -> None:
            if not while_voting:
                refuse_while_voting(using, (migration for migration, _is_backwards in plan))

        # Sent once the plan is known and before anything of it is run.
        pre_migrate.connect(look, sender=voting, weak=False)
        try:
            answer: str | None = super().handle(*args, **options)
            return answer
        finally:
            pre_migrate.disconnect(look, sender=voting)


def refuse_while_voting(using: str, migrations: Iterable[Migration]) -> None:
    """Raise CommandError if one of the migrations touches ballots and voting is open in some round."""
    touching = sorted(str(migration) for migration in migrations if touches_ballots(migration))
    if not touching:
        return
    connection = connections[using]
    if "voting_poll" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        rounds = [slug for (slug,) in cursor.fetchall()]
    if rounds:
        raise CommandError(
            f"Voting is open in {', '.join(rounds)}, and these migrations touch ballots: "
            f"{', '.join(touching)}. Nothing was migrated. Wait until the vote has closed, or give "
            "--while-voting."
        )


def touches_ballots(migration: Migration) -> bool:
    """Whether a migration is of the tables of the vote, or has SQL that names one of them."""
    if migration.app_label == "voting":
        return True
    return any(
        isinstance(operation, RunSQL) and "voting_" in f"{operation.sql}{operation.reverse_sql}"
        for operation in migration.operations
    )
