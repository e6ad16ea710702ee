"""Voting on paper: a polling place is settled, then its paper ballots are counted with the box."""

import pytest
from django.db import connection

from audit.actions import Action
from audit.models import Event
from identity.roles import Role
from rounds.models import Entitlement, Residency
from tests.factories import make_account, make_official, make_person
from tests.voting.polling_places import PollingPlaceFixture, count, refused
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
from voting.ballots import services as ballots_services
from voting.ballots.exceptions import BoxDoesNotReconcile
from voting.ballots.models import FinalBallot
from voting.counting import services as counting_services
from voting.counting.models import Tally
from voting.paper import selectors
from voting.paper import services as paper_services
from voting.paper.exceptions import PollingPlaceNotFinished, PollingPlaceSettled
from voting.polls.exceptions import StillOpen

pytestmark = pytest.mark.django_db


def test_the_count_waits_until_every_polling_place_is_settled():
    polling_place = PollingPlaceFixture(n_checked_in=1)
    first, *_ = codes(polling_place.round)
    paper_services.open_polling_place(
        polling_place.round, "A desk where nobody came", actor=polling_place.clerk
    )
    batch = polling_place.declare(1)
    polling_place.key(batch, polling_place.clerk, [first])
    with pytest.raises(StillOpen):
        paper_services.settle_polling_place(polling_place.polling_place, actor=polling_place.clerk)
    end_voting(polling_place.round)

    assert count(polling_place.round) == "closed"
    refused("UPDATE polls_poll SET state = 'reconciled'", match="is not settled")
    with pytest.raises(PollingPlaceNotFinished):
        paper_services.settle_polling_place(polling_place.polling_place, actor=polling_place.clerk)
    polling_place.key(batch, polling_place.other, [first])
    assert count(polling_place.round) == "closed"
    paper_services.settle_polling_place(polling_place.polling_place, actor=polling_place.clerk)
    assert count(polling_place.round) == "counted"

    with pytest.raises(PollingPlaceSettled):
        polling_place.declare(1)
    refused("UPDATE paper_pollingplace SET settled_at = NULL, settled_by_id = NULL", match="stays as it is")


def test_the_whole_path_from_a_check_in_to_the_result():
    polling_place = PollingPlaceFixture(n_checked_in=4, costs=(600, 500, 300))
    first, second, third = codes(polling_place.round)
    cast_by(voter_of(polling_place.round), second)
    batch = polling_place.declare(4)
    ballot_styles = ([first], [first, third], [first])
    for actor in (polling_place.clerk, polling_place.other):
        for sequence, chosen in enumerate(ballot_styles, start=1):
            paper_services.transcribe_ballot(batch, sequence, {1: chosen}, actor=actor)
        paper_services.transcribe_ballot(batch, 4, {}, invalid="unreadable", actor=actor)
        paper_services.finish_data_entry(batch, actor=actor)
    end_voting(polling_place.round)
    paper_services.settle_polling_place(polling_place.polling_place, actor=polling_place.other)

    assert count(polling_place.round) == "counted"

    tally = Tally.objects.get(ballot_style__round=polling_place.round, is_decisive=True)
    # Three valid paper ballots and one online; the unreadable one does not count.
    assert (tally.n_ballots, tally.outcome["votes"]) == (4, {first: 3, second: 1, third: 1})
    assert tally.outcome["funded"] == [first, third]
    ballots = FinalBallot.objects.filter(round=polling_place.round)
    assert sorted((ballot.is_paper, ballot.choices["1"]) for ballot in ballots) == [
        (False, [second]),
        (True, [first]),
        (True, [first]),
        (True, [first, third]),
    ]
    assert len({bytes(ballot.ballot_ref) for ballot in ballots}) == 4
    event = Event.objects.get(action=Action.BOX_RECONCILED)
    assert (event.details["check_ins"], event.details["paper_ballots"]) == (4, 3)
    (figures,) = selectors.polling_place_totals(polling_place.round)
    assert (figures.check_ins, figures.declared, figures.agreed, figures.valid) == (4, 4, 4, 3)
    assert figures.invalid == {"unreadable": 1}


def test_papers_from_outside_are_counted_apart():
    round = make_vote(freeze=False)
    Entitlement.objects.create(round=round, act="vote", residency=Residency.OUTSIDE)
    ballots_services.freeze_rules(round, actor=None)
    clerk, other = (make_official(round.authority, Role.CLERK) for _ in range(2))
    polling_place = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    person = make_person(round.authority, None, residency=Residency.OUTSIDE, area=None)
    paper_services.check_in(polling_place, person, actor=clerk)
    first, *_ = codes(round)
    batch = paper_services.declare_batch(polling_place, declared=1, residency=Residency.OUTSIDE, actor=clerk)
    for actor in (clerk, other):
        paper_services.transcribe_ballot(batch, 1, {1: [first]}, actor=actor)
        paper_services.finish_data_entry(batch, actor=actor)
    end_voting(round)
    paper_services.settle_polling_place(polling_place, actor=clerk)

    assert count(round) == "counted"

    votes = {
        tally.scope: tally.outcome["votes"][first]
        for tally in Tally.objects.filter(ballot_style__round=round)
    }
    assert votes == {"inside": 0, "outside": 1, "everybody": 1}


def _settled_desk() -> PollingPlaceFixture:
    """A settled polling place whose two paper ballots choose different projects."""
    polling_place = PollingPlaceFixture(n_checked_in=2)
    first, second, _ = codes(polling_place.round)
    polling_place.agreed([first], [second])
    end_voting(polling_place.round)
    paper_services.settle_polling_place(polling_place.polling_place, actor=polling_place.clerk)
    return polling_place


def test_a_paper_that_was_exchanged_in_the_database_stops_the_count():
    polling_place = _settled_desk()
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE paper_transcribedballot SET sealed ="
            " (SELECT sealed FROM paper_transcribedballot WHERE sequence = 2 AND data_entry = 1) WHERE "
            "sequence = 1"
        )

    with pytest.raises(BoxDoesNotReconcile, match="not the one that was keyed"):
        counting_services.count(fresh(polling_place.round))

    assert poll_of(polling_place.round).state == "closed"


def test_check_ins_that_vanished_around_the_triggers_stop_the_count():
    polling_place = _settled_desk()
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ballots_ballotbox WHERE voter_tag = (SELECT max(voter_tag) FROM ballots_ballotbox)"
        )

    with pytest.raises(BoxDoesNotReconcile, match="more paper ballots than marks"):
        counting_services.count(fresh(polling_place.round))


def test_totals_of_polling_places_take_a_constant_number_of_queries(django_assert_num_queries):
    polling_place = PollingPlaceFixture(n_checked_in=2)
    first, *_ = codes(polling_place.round)
    polling_place.agreed([first])
    make_account()

    with django_assert_num_queries(4):
        selectors.polling_place_totals(polling_place.round)

    paper_services.open_polling_place(polling_place.round, "Library", actor=polling_place.clerk)
    polling_place.agreed([first])
    with django_assert_num_queries(4):
        assert len(selectors.polling_place_totals(polling_place.round)) == 2
