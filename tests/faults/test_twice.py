"""Every sweep delivered twice, and twice at once, does its work once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from celery import current_app
from django.apps import apps
from django.core import mail
from django.db import connection
from django.utils import timezone

from audit.models import Event, Inspection, Seal
from core.sweeps import SWEEPS
from notices.models import Delivery
from pbplatform.operations import invariants
from proposals import services as proposals
from proposals.lifecycle import State
from tests.factories import make_comment, make_proposal, make_resident, make_round
from tests.faults.test_casting_races import at_once
from tests.voting.votes import cast_by, codes, end_voting, make_vote, voter_of
from voting.polls.models import Poll

pytestmark = pytest.mark.django_db(transaction=True)

# What says that a sweep ran, not that there was something to do.
SIGNS_OF_RUNNING = {Event, Inspection, Seal}


def _state() -> dict[str, object]:
    """The number of rows of each table, the progress of the votes, and the mail sent."""
    connection.close()
    rows: dict[str, object] = {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model not in SIGNS_OF_RUNNING and not model._meta.proxy
    }
    rows["events"] = Event.objects.exclude(action="audit.site_inspected").count()
    rows["polls"] = sorted(Poll.objects.values_list("pk", "state"))
    rows["deliveries"] = sorted(Delivery.objects.values_list("pk", "state", "n_attempts"))
    rows["mails"] = sorted(message.extra_headers["Message-ID"] for message in mail.outbox)
    return rows


def _much_to_do() -> None:
    round = make_round()
    author = make_resident(round.authority)
    for _ in range(3):
        proposal = make_proposal(round, state=State.PENDING, author=author)
        make_comment(make_proposal(round))
        proposals.send_back(
            make_proposal(round, state=State.PENDING, author=author),
            actor=None,
            reason="unclear",
            explanation="Say in which park it should stand.",
        )
        assert proposal.pk
    vote = make_vote()
    for _ in range(3):
        cast_by(voter_of(vote), codes(vote)[0])
    over = make_vote()
    cast_by(voter_of(over), codes(over)[0])
    end_voting(over)


@pytest.fixture(autouse=True)
def _tasks_are_known() -> None:
    # Before any thread: one that finds the others still importing sees half of the tasks.
    current_app.loader.import_default_modules()


def _run(name: str) -> None:
    current_app.tasks[name].run()


def test_f09_every_sweep_twice_and_twice_at_once_leaves_the_same_state_and_one_mail():
    _much_to_do()
    for _ in range(2):
        for name in SWEEPS:
            _run(name)
    settled = _state()
    assert len(settled["mails"]) == 3
    assert ("counted" in {state for _pk, state in settled["polls"]}) is True

    for name in SWEEPS:
        _run(name)
    assert _state() == settled

    results = at_once([lambda name=name: _run(name) for name in SWEEPS for _ in range(2)])

    assert [result for result in results if isinstance(result, Exception)] == []
    assert _state() == settled
    assert [found for found in invariants.inspect(deep=True) if found.found] == []


def test_f09_every_sweep_twice_at_once_from_the_start_does_everything_once():
    _much_to_do()

    for name in SWEEPS:
        results = at_once([lambda name=name: _run(name)] * 2)
        assert [result for result in results if isinstance(result, Exception)] == [], name
    for name in SWEEPS:
        _run(name)

    state = _state()
    assert len(state["mails"]) == len(set(state["mails"])) == 3
    assert {row[2] for row in state["deliveries"]} == {1}
    assert [found for found in invariants.inspect(deep=True) if found.found] == []


@contextmanager
def _database_clock_moved_by(moved: timedelta) -> Iterator[None]:
    """Let this session's database tell another time, as if its machine's clock had jumped."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA wrong_clock")
        cursor.execute(
            "CREATE FUNCTION wrong_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
            f"$$ SELECT pg_catalog.clock_timestamp() + interval '{moved.total_seconds()} seconds' $$"
        )
        cursor.execute("SET search_path = wrong_clock, public, pg_catalog")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")
            cursor.execute("DROP SCHEMA wrong_clock CASCADE")


def _what_the_status_page_tells() -> str:
    found = {finding.code: finding.found for finding in invariants.inspect() if finding.found}
    return found["K2"][0]


def test_f17_a_database_clock_that_jumps_ahead_closes_nothing_by_itself():
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])
    closes_at = round.phases.get(kind="voting").closes_at

    with _database_clock_moved_by(closes_at - timezone.now() + timedelta(hours=1)):
        for name in ("voting.counting.tasks.count_due", "voting.ballots.tasks.sequence_due"):
            _run(name)
        assert Poll.objects.get(round=round).state == "frozen"
        assert "seconds from this machine's" in _what_the_status_page_tells()

    assert cast_by(voter_of(round), codes(round)[0]).kind == "cast"


def test_f17_a_database_clock_that_jumps_back_closes_nothing_until_both_clocks_say_so():
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])
    end_voting(round)

    with _database_clock_moved_by(timedelta(hours=-1)):
        _run("voting.counting.tasks.count_due")
        assert Poll.objects.get(round=round).state == "frozen"
        assert _what_the_status_page_tells().startswith("the database's clock is -36")

    _run("voting.counting.tasks.count_due")
    assert Poll.objects.get(round=round).state == "counted"


@pytest.mark.parametrize("hours", [-1, 1])
def test_f17_a_worker_whose_clock_is_wrong_closes_nothing_early_and_loses_nothing(time_machine, hours):
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])

    time_machine.move_to(round.phases.get(kind="voting").closes_at + timedelta(hours=hours))
    for name in ("voting.counting.tasks.count_due", "voting.ballots.tasks.sequence_due"):
        _run(name)

    assert Poll.objects.get(round=round).state == "frozen"
    assert cast_by(voter_of(round), codes(round)[0]).kind == "cast"
