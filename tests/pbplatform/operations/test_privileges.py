"""The database role of web server and workers: the whole site works under it, and nothing is lost by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from celery import current_app
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from core.sweeps import SWEEPS
from identity.roles import Role
from pbplatform.operations import privileges
from tests.factories import make_official, make_resident
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, poll_of, voter_of
from voting.ballots import services as ballots_services
from voting.ballots.models import BallotBox
from voting.counting import services as counting_services

pytestmark = pytest.mark.django_db


@pytest.fixture
def _roles(db: None) -> None:
    call_command("database_roles", stdout=StringIO())


@contextmanager
def role(name: str) -> Iterator[None]:
    """Let this connection be what a program under that role is; the tests' own role is a superuser."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {name}")
    yield
    # After an error the test's transaction is rolled back, and the role with it.
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def refused(sql: str, *values: object, match: str = "permission denied|must be owner") -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.usefixtures("_roles")
def test_a_round_is_voted_in_counted_and_finished_under_the_role_of_the_web(
    django_capture_on_commit_callbacks,
):
    round = make_vote(costs=(600, 300), freeze=False)
    officer = make_official(round.authority, Role.BUDGET_OFFICER)
    admin = make_official(round.authority, Role.AUTHORITY_ADMIN)
    with role("pb_web"):
        ballots_services.freeze_rules(round, actor=officer)
        round = fresh(round)
        first, second = codes(round)
        voter = voter_of(round)
        assert cast_by(voter, first).kind == "cast"
        assert cast_by(voter, second).kind == "replace"
        leaves, stays = make_resident(round.authority), voter_of(round)
        cast_by(voter_of(round, leaves), first)
        ballots_services.withdraw_ballots(leaves)
        assert cast_by(stays, first).kind == "cast"
        assert ballots_services.sequence(round).size == 5
    round = end_voting(round)
    with role("pb_web"), django_capture_on_commit_callbacks(execute=True):
        counting_services.count(fresh(round))
        for change in ("certify", "publish", "destroy_key"):
            counting_services.approve(round, change, actor=officer)
            counting_services.approve(round, change, actor=admin)
    with role("pb_web"):
        call_command("check_invariants", "--deep", "--record", stdout=StringIO())

    assert poll_of(round).state == "key_destroyed"
    assert BallotBox.objects.count() == 0


@pytest.mark.usefixtures("_roles")
def test_every_sweep_runs_under_the_role_of_the_web():
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])
    end_voting(round)
    current_app.loader.import_default_modules()
    with role("pb_web"):
        for name in SWEEPS:
            current_app.tasks[name].run()
    assert poll_of(round).state == "counted"


@pytest.mark.usefixtures("_roles")
@pytest.mark.parametrize("table", sorted(privileges.WRITTEN_ONCE))
def test_t65_what_is_written_once_is_neither_changed_nor_removed_by_the_web(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", [table]
        )
        (column,) = cursor.fetchone()

    with role("pb_web"):
        refused(f"UPDATE {table} SET {column} = {column}")
        refused(f"DELETE FROM {table}")


@pytest.mark.usefixtures("_roles")
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM ballots_ballotbox",
        "DELETE FROM ballots_castevent",
        "UPDATE ballots_castevent SET commitment = sha256('x')",
        "DELETE FROM polls_poll",
        "ALTER TABLE ballots_ballotbox DISABLE TRIGGER ALL",
        "ALTER TABLE ballots_ballotbox DROP CONSTRAINT ballots_ballotbox_pkey",
        "DROP TRIGGER guard ON ballots_ballotbox",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION voting_is_open(p_round bigint) RETURNS boolean"
        " LANGUAGE sql AS 'SELECT true'",
        "CREATE TABLE public.mine (x int)",
        "DROP TABLE ballots_castevent",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'y', now())",
    ],
)
def test_the_web_can_neither_remove_votes_nor_put_a_guard_to_sleep(sql):
    with role("pb_web"):
        refused(sql)


@pytest.mark.usefixtures("_roles")
def test_no_table_can_be_emptied_by_the_web():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND has_table_privilege('pb_web', oid, 'TRUNCATE, REFERENCES, TRIGGER')"
        )
        assert cursor.fetchall() == []


@pytest.mark.usefixtures("_roles")
@pytest.mark.parametrize(
    ("sql", "match"),
    [
        ("UPDATE polls_project SET cost_minor = 1", "frozen"),
        ("UPDATE polls_ballotstyle SET max_choices = 9", "frozen"),
        ("UPDATE polls_ruleset SET seed = 'mine'", "frozen"),
        ("UPDATE rounds_phase SET closes_at = now() WHERE kind = 'voting'", "frozen"),
        ("UPDATE rounds_round SET budget_minor = 1", "frozen"),
        ("UPDATE polls_poll SET rules = 'x', rules_hash = sha256('x')", "frozen"),
        ("UPDATE polls_poll SET state = 'counted', closed_at = now()", "does not go from frozen to counted"),
        ("UPDATE ballots_ballotbox SET sealed = 'x'", "replaced as a whole"),
        ("SELECT empty_box(round_id) FROM polls_poll", "only after the key is destroyed"),
    ],
)
def test_t10_what_is_frozen_stays_so_for_raw_sql_of_the_web(sql, match):
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])

    with role("pb_web"):
        refused(sql, match=match)


@pytest.mark.usefixtures("_roles")
def test_no_guard_reads_a_temporary_table_of_the_web_in_the_place_of_its_own():
    make_vote()
    with role("pb_web"):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE polls_poll AS SELECT * FROM polls_poll")
            cursor.execute("UPDATE pg_temp.polls_poll SET state = 'drafted'")
        refused("UPDATE polls_project SET cost_minor = 1", match="frozen")


@pytest.mark.usefixtures("_roles")
def test_the_reading_role_reads_and_writes_nothing():
    round = make_vote()
    voter = voter_of(round)
    log_ref = cast_by(voter, codes(round)[0]).receipt.log_ref
    with role("pb_audit"):
        refused("SELECT withdraw_ballot(%s, %s, %s)", round.pk, voter.tag, log_ref)
        refused("SELECT empty_box(%s)", round.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ballots_castevent")
        refused(
            "INSERT INTO audit_event (action, subject_type, subject_id, details) VALUES ('x', 'x', 'x', '{}')"
        )
        refused("UPDATE polls_poll SET is_loading = false")


def test_the_command_shows_its_sql_without_running_it_and_may_run_twice(capsys):
    call_command("database_roles", "--dry-run")
    assert 'GRANT INSERT ON "audit_event" TO pb_web;' in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'pb_web'")
        assert cursor.fetchone() is None

    call_command("database_roles")
    call_command("database_roles")


def test_every_table_that_is_named_is_there():
    assert (privileges.WRITTEN_ONCE | privileges.KEPT | set(privileges.COLUMNS)) <= set(
        connection.introspection.table_names()
    )
