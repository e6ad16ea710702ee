"""F18: the tables of ballots are not migrated under the feet of voters."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL
from django.db.migrations.recorder import MigrationRecorder

from pbplatform.management.commands.migrate import touches_ballots
from tests.voting.votes import end_voting, make_vote

pytestmark = pytest.mark.django_db


def _last_two() -> tuple[str, str]:
    """The names of the last migration of the vote and of the one before."""
    graph = MigrationLoader(None).graph
    (last,) = graph.leaf_nodes("voting")
    before = next(parent for parent in graph.node_map[last].parents if parent[0] == "voting")
    return before[1], last[1]


def _is_applied(name: str) -> bool:
    return ("voting", name) in MigrationRecorder(connection).applied_migrations()


def _migrate(to: str, **options: object) -> None:
    # Only noted as done and undone: what is tried is whether it may be.
    call_command("migrate", "voting", to, fake=True, verbosity=0, **options)


def test_f18_ballots_are_not_migrated_while_voting_is_open_and_nothing_is_changed():
    round = make_vote()
    before, last = _last_two()

    with pytest.raises(CommandError, match=rf"open in {round.slug}, .*voting\.{last}.*--while-voting"):
        _migrate(before)

    assert _is_applied(last)
    end_voting(round)
    _migrate(before)
    assert not _is_applied(last)
    _migrate(last)
    assert _is_applied(last)


def test_f18_they_are_if_the_operator_says_so():
    make_vote()
    before, last = _last_two()

    _migrate(before, while_voting=True)
    assert not _is_applied(last)

    # Forward too: an open vote refuses either way.
    with pytest.raises(CommandError, match="touch ballots"):
        _migrate(last)
    _migrate(last, while_voting=True)
    assert _is_applied(last)


def test_f18_without_anything_to_migrate_an_open_vote_is_no_hindrance():
    make_vote()

    call_command("migrate", verbosity=0)


@pytest.mark.parametrize(
    ("app", "operations", "touches"),
    [
        ("voting", [], True),
        ("identity", [], False),
        ("identity", [RunSQL("CREATE INDEX CONCURRENTLY x ON identity_person (verified_at)")], False),
        ("identity", [RunSQL("ALTER TABLE voting_ballotbox ADD COLUMN x int")], True),
        ("audit", [RunSQL("SELECT 1", "DROP TRIGGER x ON voting_castevent")], True),
    ],
)
def test_f18_what_touches_ballots_is_told_by_app_and_by_sql(app, operations, touches):
    migration = Migration("0099_something", app)
    migration.operations = operations

    assert touches_ballots(migration) is touches
