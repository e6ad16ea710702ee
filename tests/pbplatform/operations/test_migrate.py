"""F18: ballots are not migrated under the feet of voters, and nobody waits long for a migration."""

from collections.abc import Iterator

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL
from django.db.migrations.recorder import MigrationRecorder

from core.db import triggers
from core.db.triggers import InstallGuards
from pbplatform.management.commands.migrate import touches_ballots
from tests.voting.votes import end_voting, make_vote

pytestmark = pytest.mark.django_db


def _last_two() -> tuple[str, str]:
    """The names of the last migration of the vote and of the one before."""
    graph = MigrationLoader(None).graph
    (last,) = graph.leaf_nodes("ballots")
    before = next(parent for parent in graph.node_map[last].parents if parent[0] == "ballots")
    return before[1], last[1]


def _is_applied(name: str) -> bool:
    return ("ballots", name) in MigrationRecorder(connection).applied_migrations()


def _migrate(to: str, **options: object) -> None:
    # Only noted as done and undone: what is tried is whether it may be.
    call_command("migrate", "ballots", to, fake=True, verbosity=0, **options)


def test_f18_ballots_are_not_migrated_while_voting_is_open_and_nothing_is_changed():
    round = make_vote()
    before, last = _last_two()

    with pytest.raises(CommandError, match=rf"open in {round.full_slug}, .*ballots\.{last}.*--while-voting"):
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
        ("ballots", [], True),
        ("identity", [], False),
        ("identity", [RunSQL("CREATE INDEX CONCURRENTLY x ON verification_person (verified_at)")], False),
        ("identity", [RunSQL("ALTER TABLE ballots_ballotbox ADD COLUMN x int")], True),
        ("audit", [RunSQL("SELECT 1", "DROP TRIGGER x ON ballots_castevent")], True),
        # What the guards of the record name are its own tables; those of the core run on ballots too.
        ("audit", [InstallGuards("x")], False),
        ("core", [InstallGuards("x")], True),
    ],
)
def test_f18_what_touches_ballots_is_told_by_app_and_by_sql(app, operations, touches):
    migration = Migration("0099_something", app)
    migration.operations = operations

    assert touches_ballots(migration) is touches


@pytest.fixture
def undone_guards() -> Iterator[list[tuple[str, str]]]:
    """Guards of moderation and reports that are still to be installed; those of reports come later."""
    leaves = [MigrationLoader(None).graph.leaf_nodes(label)[0] for label in ("moderation", "reports")]
    recorder = MigrationRecorder(connection)
    for leaf in leaves:
        recorder.record_unapplied(*leaf)
    yield leaves
    for leaf in leaves:
        if leaf not in recorder.applied_migrations():
            recorder.record_applied(*leaf)


def _done(nodes: list[tuple[str, str]]) -> list[bool]:
    applied = MigrationRecorder(connection).applied_migrations()
    return [node in applied for node in nodes]


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_waits_for_a_table_gives_up_undone_and_says_whose_it_was(undone_guards):
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER append_only ON reports_snapshot")
    before = triggers.installed(connection)

    with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as held:
        # The second of the two tables that the migration gives triggers to.
        held.execute("LOCK TABLE reports_export IN ROW EXCLUSIVE MODE")
        with pytest.raises(
            CommandError, match=r"^reports\.\d+_guards was given up.* longer than 0\.2 seconds"
        ):
            call_command("migrate", lock_timeout=0.2, verbosity=0)
        assert _done(undone_guards) == [True, False]
        # The first one's trigger went back with the second one's.
        assert triggers.installed(connection) == before
    other.close()

    call_command("migrate", verbosity=0)
    assert _done(undone_guards) == [True, True]
    assert set(triggers.installed(connection)) - set(before) == {"append_only ON reports_snapshot"}


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_too_long_is_given_up_and_later_statements_are_not_hurried(undone_guards):
    with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as held:
        held.execute("LOCK TABLE reports_export IN ROW EXCLUSIVE MODE")
        with pytest.raises(
            CommandError, match=r"given up.*took longer than 0\.3 seconds.*--statement-timeout"
        ):
            call_command("migrate", lock_timeout=0, statement_timeout=0.3, verbosity=0)
    other.close()

    assert _done(undone_guards) == [True, False]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("0", "0")
