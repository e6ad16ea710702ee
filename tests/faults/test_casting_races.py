"""Many clients at once: one ballot a person, nothing lost at the close, one close."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from core.db import clock as locks
from identity.roles import Role
from rounds.models import Phase, Round
from tests.factories import make_official, make_person, make_resident
from tests.peers import wait_for
from tests.voting.votes import (
    cast_by,
    codes,
    end_voting,
    fresh,
    make_vote,
    poll_of,
    triggers_asleep,
    voter_of,
)
from voting.ballots import sealing
from voting.ballots import services as ballots_services
from voting.ballots.models import BallotBox, CastEvent
from voting.ballots.selectors import stored_ballot
from voting.counting import services as counting_services
from voting.counting.models import Tally
from voting.paper import services as paper_services
from voting.paper.models import TranscribedBallot
from voting.polls import services as polls_services
from voting.polls.exceptions import VotingClosed

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Run every act in a thread of its own, all released together; return what they return or raise."""
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        connection.ensure_connection()
        gate.wait()
        try:
            results[place] = act()
        except Exception as error:  # handed to the test, which names what it expects
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _clock() -> datetime:
    with transaction.atomic():
        return locks.database_clock()


def _move(round: Round, opens_in: timedelta, closes_in: timedelta) -> None:
    """Let the voting phase begin and end so long after now, by the database's clock."""
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rounds_phase SET opens_at = clock_timestamp() + %s,"
            " closes_at = clock_timestamp() + %s WHERE round_id = %s AND kind = 'voting'",
            [opens_in, closes_in, round.pk],
        )


@pytest.mark.parametrize("repetition", range(3))
def test_t01_the_same_ballot_from_sixty_tabs_is_one_ballot_with_one_receipt(repetition):
    round = make_vote()
    voter, code, (first, *_) = voter_of(round), sealing.new_code(), codes(round)

    results = at_once([lambda: cast_by(voter, first, code=code)] * 60)

    assert all(isinstance(result, ballots_services.Cast) for result in results), Counter(map(repr, results))
    assert Counter(result.is_replay for result in results) == {False: 1, True: 59}
    assert len({result.receipt.signature for result in results}) == 1
    assert BallotBox.objects.get().revision == 1
    assert CastEvent.objects.get().kind == "cast"


def test_t01_a_receipt_that_two_voters_send_at_the_same_time_is_one_ballots_and_the_other_box_stays_empty():
    round = make_vote()
    sql = "SELECT outcome FROM cast_ballot(%s, %s, 's', %s, %s, 'web', 'resident', NULL, '')"
    receipt = [b"l" * 32, b"c" * 32]
    seen: dict[str, object] = {}

    def second() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                (seen["pid"],) = cursor.fetchone()
                cursor.execute(sql, [round.pk, b"2" * 32, *receipt])
                seen["outcome"] = cursor.fetchone()
        except DatabaseError as error:
            seen["refused"] = error.__cause__.pgcode
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [round.pk, b"1" * 32, *receipt])
        assert cursor.fetchone() == ("cast",)

        def waits() -> bool:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pid = %s", [seen.get("pid")])
            return cursor.fetchone() is not None

        thread.start()
        wait_for(waits, "the second voter's turn")
    thread.join()

    # A serialization failure: on retry, the receipt is taken.
    assert (seen.get("refused"), seen.get("outcome")) == ("40001", None)
    assert [bytes(tag) for tag in BallotBox.objects.values_list("voter_tag", flat=True)] == [b"1" * 32]
    assert CastEvent.objects.count() == 1


def test_t02_sixty_receipts_of_one_voter_leave_one_ballot_and_one_first_cast():
    round = make_vote()
    voter, offered = voter_of(round), codes(round)

    results = at_once([lambda place=place: cast_by(voter, offered[place % 3]) for place in range(60)])

    assert Counter(result.kind for result in results) == {"cast": 1, "replace": 59}
    assert BallotBox.objects.get().revision == 60
    assert Counter(CastEvent.objects.values_list("kind", flat=True)) == {"cast": 1, "replace": 59}
    # The ballot in the box is the one of the last entry of the log.
    stored = stored_ballot(round, voter.key, voter.tag)
    assert bytes(CastEvent.objects.latest("pk").log_ref) == stored.ballot.references.log_ref


@pytest.mark.parametrize("repetition", range(3))
def test_t05_every_ballot_that_was_acknowledged_before_the_close_is_counted(repetition):
    round = make_vote()
    voters = [voter_of(round) for _ in range(24)]
    (first, *_) = codes(round)

    def cast_until_closed(voter):
        acknowledged = 0
        while True:
            try:
                cast_by(voter, first)
                acknowledged += 1
            except VotingClosed:
                return acknowledged

    def close():
        wait_for(lambda: BallotBox.objects.filter(round_id=round.pk).count() > 5, "some ballots")
        _move(round, -DAY, timedelta(milliseconds=300))
        wait_for(lambda: Phase.objects.get(round=round, kind="voting").closes_at <= _clock(), "the close")
        counting_services.count(fresh(round))
        return CastEvent.objects.filter(round=round).count()

    *acknowledged, at_close = at_once([*(lambda v=v: cast_until_closed(v) for v in voters), close])

    n_voters = sum(count > 0 for count in acknowledged)
    assert n_voters > 5
    assert sum(acknowledged) == at_close == CastEvent.objects.filter(round=round).count()
    assert BallotBox.objects.filter(round_id=round.pk).count() == n_voters
    assert Tally.objects.get(ballot_style__round=round, is_decisive=True).n_ballots == n_voters


def test_t06_the_close_is_excluded_and_the_opening_included_by_the_databases_clock():
    round = make_vote()
    voter, (first, *_) = voter_of(round), codes(round)

    _move(round, -DAY, timedelta(0))
    with pytest.raises(VotingClosed):
        cast_by(voter, first)
    _move(round, timedelta(milliseconds=300), timedelta(seconds=3))
    phase = Phase.objects.get(round=round, kind="voting")
    was_cast = []
    # However slowly this runs: what was refused was not wholly inside, what was cast not wholly outside.
    while (before := _clock()) < phase.closes_at:
        try:
            cast_by(voter, first)
        except VotingClosed:
            was_cast.append(False)
            assert before < phase.opens_at or _clock() >= phase.closes_at
        else:
            was_cast.append(True)
            assert _clock() >= phase.opens_at
    assert True in was_cast
    with pytest.raises(VotingClosed):
        cast_by(voter, first)


@pytest.mark.parametrize("hours", [-2, 2])
def test_t07_a_web_node_with_a_wrong_clock_changes_nothing(time_machine, hours):
    round, late = make_vote(), make_vote()
    end_voting(late)
    (first, *_), (other, *_) = codes(round), codes(late)
    voter, too_late = voter_of(round), voter_of(late)

    time_machine.move_to(timezone.now() + timedelta(hours=hours))

    assert cast_by(voter, first).kind == "cast"
    with pytest.raises(VotingClosed):
        cast_by(too_late, other)


def test_t22_a_check_in_and_an_online_ballot_of_one_person_leave_exactly_one():
    round = make_vote()
    account = make_resident(round.authority)
    voter, person, (first, *_) = voter_of(round, account), account.persons.get(), codes(round)
    clerk = make_official(round.authority, Role.CLERK)
    desk = paper_services.open_polling_place(round, "Town hall", actor=clerk)

    marks = [lambda: paper_services.check_in(desk, person, actor=clerk)] * 20
    results = at_once([*marks, *[lambda: cast_by(voter, first)] * 20])

    kinds = Counter(type(result).__name__ for result in results)
    row = BallotBox.objects.get()
    if row.sealed is None:
        assert kinds == {"NoneType": 1, "AlreadyCheckedIn": 19, "VotedOnPaper": 20}
        assert CastEvent.objects.count() == 0
    else:
        assert kinds == {"VotedOnline": 20, "Cast": 20}
        assert CastEvent.objects.count() == row.revision == 20
    assert Event.objects.filter(action=Action.PERSON_CHECKED_IN).count() == (row.sealed is None)


@pytest.mark.parametrize("repetition", range(3))
def test_t22_paper_that_overrides_is_the_last_word_whatever_is_cast_meanwhile(repetition):
    round = make_vote()
    account = make_resident(round.authority)
    voter, person, (first, *_) = voter_of(round, account), account.persons.get(), codes(round)
    clerk = make_official(round.authority, Role.CLERK)
    desk = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    cast_by(voter, first)

    marks = [lambda: paper_services.check_in(desk, person, actor=clerk, overrides=True)] * 10
    results = at_once([*marks, *[lambda: cast_by(voter, first)] * 20])

    kinds = Counter(type(result).__name__ for result in results)
    assert BallotBox.objects.get().sealed is None
    assert (kinds["NoneType"], kinds["AlreadyCheckedIn"], kinds["Cast"] + kinds["VotedOnPaper"]) == (1, 9, 20)
    # One first entry, a replacement for each cast that came before the mark, and one withdrawal of them all.
    castings = 1 + kinds["Cast"]
    log = Counter(CastEvent.objects.values_list("kind", flat=True))
    assert log == Counter({"cast": 1, "replace": castings - 1, "withdraw": 1})
    assert CastEvent.objects.get(kind="withdraw").castings == castings
    end_voting(round)
    paper_services.settle_polling_place(desk, actor=clerk)
    counting_services.count(fresh(round))
    assert poll_of(round).state == "counted"


def test_t23_clerks_who_key_at_once_key_no_more_papers_than_marks():
    round = make_vote()
    clerks = [make_official(round.authority, Role.CLERK) for _ in range(8)]
    desk = paper_services.open_polling_place(round, "Town hall", actor=clerks[0])
    for _ in range(3):
        paper_services.check_in(desk, make_person(round.authority, None), actor=clerks[0])
    batches = [paper_services.declare_batch(desk, declared=1, actor=clerk) for clerk in clerks]
    (first, *_) = codes(round)

    results = at_once(
        [
            lambda batch=batch, clerk=clerk: paper_services.transcribe_ballot(
                batch, 1, {1: [first]}, actor=clerk
            )
            for batch, clerk in zip(batches, clerks, strict=True)
        ]
    )

    kinds = Counter(type(result).__name__ for result in results)
    assert kinds == {"TranscribedBallot": 3, "MoreBallotsThanCheckIns": 5}
    assert TranscribedBallot.objects.count() == 3


def test_f12_two_closers_at_once_close_and_count_once():
    round = make_vote()
    cast_by(voter_of(round), codes(round)[0])
    end_voting(round)

    results = at_once([lambda: counting_services.count(fresh(round))] * 6)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert poll_of(round).state == "counted"
    assert Tally.objects.filter(ballot_style__round=round).count() == 3


def test_freezing_and_a_change_at_the_same_time_never_leave_a_change_outside_the_rules():
    for _ in range(5):
        round: Round = make_vote(freeze=False)
        paper = round.ballot_styles.get()

        def change(paper=paper) -> None:
            polls_services.change_ballot_style(paper, actor=None, max_choices=7)

        at_once([change, lambda round=round: ballots_services.freeze_rules(round, actor=None)])

        poll, paper = poll_of(round), round.ballot_styles.get()
        assert f'"max_choices":{paper.max_choices},' in poll.rules


def test_a_ballot_being_cast_when_the_close_begins_is_waited_for():
    round = make_vote()
    voter, (first, *_) = voter_of(round), codes(round)
    account = make_resident(round.authority)
    assert account.pk
    started, finish = threading.Event(), threading.Event()

    def slow_cast() -> None:
        with transaction.atomic():
            cast_by(voter, first)
            started.set()
            finish.wait(30)

    def close() -> str:
        started.wait(30)
        end_voting(round)
        threading.Timer(0.3, finish.set).start()
        counting_services.count(fresh(round))
        return poll_of(round).state

    results = at_once([slow_cast, close])

    assert results == [None, "counted"]
    assert Tally.objects.get(ballot_style__round=round, is_decisive=True).n_ballots == 1
