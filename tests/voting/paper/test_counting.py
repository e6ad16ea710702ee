"""Voting on paper: a desk is settled, then its papers are counted with the box."""

import pytest
from django.db import connection

from audit.actions import Action
from audit.models import Event
from identity.roles import Role
from rounds.models import Entitlement, Participation
from tests.factories import make_account, make_official, make_person
from tests.voting.desks import Desk, count, refused
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
from voting.paper.exceptions import DeskNotFinished, DeskSettled
from voting.polls.exceptions import StillOpen

pytestmark = pytest.mark.django_db


def test_the_count_waits_until_every_desk_is_settled():
    desk = Desk(n_marked=1)
    first, *_ = codes(desk.round)
    paper_services.open_desk(desk.round, "A desk where nobody came", actor=desk.clerk)
    batch = desk.declare(1)
    desk.key(batch, desk.clerk, [first])
    with pytest.raises(StillOpen):
        paper_services.settle_desk(desk.desk, actor=desk.clerk)
    end_voting(desk.round)

    assert count(desk.round) == "closed"
    refused("UPDATE polls_poll SET state = 'reconciled'", match="is not settled")
    with pytest.raises(DeskNotFinished):
        paper_services.settle_desk(desk.desk, actor=desk.clerk)
    desk.key(batch, desk.other, [first])
    assert count(desk.round) == "closed"
    paper_services.settle_desk(desk.desk, actor=desk.clerk)
    assert count(desk.round) == "counted"

    with pytest.raises(DeskSettled):
        desk.declare(1)
    refused("UPDATE paper_paperdesk SET settled_at = NULL, settled_by_id = NULL", match="stays as it is")


def test_the_whole_path_from_a_mark_to_the_result():
    desk = Desk(n_marked=4, costs=(600, 500, 300))
    first, second, third = codes(desk.round)
    cast_by(voter_of(desk.round), second)
    batch = desk.declare(4)
    papers = ([first], [first, third], [first])
    for actor in (desk.clerk, desk.other):
        for sequence, chosen in enumerate(papers, start=1):
            paper_services.key_ballot(batch, sequence, {1: chosen}, actor=actor)
        paper_services.key_ballot(batch, 4, {}, invalid="unreadable", actor=actor)
        paper_services.finish_keying(batch, actor=actor)
    end_voting(desk.round)
    paper_services.settle_desk(desk.desk, actor=desk.other)

    assert count(desk.round) == "counted"

    tally = Tally.objects.get(paper__round=desk.round, is_decisive=True)
    # Three valid papers and one ballot online; the unreadable one is no ballot.
    assert (tally.n_ballots, tally.outcome["votes"]) == (4, {first: 3, second: 1, third: 1})
    assert tally.outcome["funded"] == [first, third]
    ballots = FinalBallot.objects.filter(round=desk.round)
    assert sorted((ballot.is_paper, ballot.choices["1"]) for ballot in ballots) == [
        (False, [second]),
        (True, [first]),
        (True, [first]),
        (True, [first, third]),
    ]
    assert len({bytes(ballot.ballot_ref) for ballot in ballots}) == 4
    event = Event.objects.get(action=Action.BOX_RECONCILED)
    assert (event.details["paper_marks"], event.details["paper_ballots"]) == (4, 3)
    (figures,) = selectors.paper_figures(desk.round)
    assert (figures.marks, figures.declared, figures.agreed, figures.valid) == (4, 4, 4, 3)
    assert figures.invalid == {"unreadable": 1}


def test_papers_from_outside_are_counted_apart():
    round = make_vote(freeze=False)
    Entitlement.objects.create(round=round, act="vote", participation=Participation.OUTSIDE)
    ballots_services.freeze_rules(round, actor=None)
    clerk, other = (make_official(round.authority, Role.CLERK) for _ in range(2))
    desk = paper_services.open_desk(round, "Town hall", actor=clerk)
    person = make_person(round.authority, None, participation=Participation.OUTSIDE, area=None)
    paper_services.mark_paper(desk, person, actor=clerk)
    first, *_ = codes(round)
    batch = paper_services.declare_batch(desk, declared=1, participation=Participation.OUTSIDE, actor=clerk)
    for actor in (clerk, other):
        paper_services.key_ballot(batch, 1, {1: [first]}, actor=actor)
        paper_services.finish_keying(batch, actor=actor)
    end_voting(round)
    paper_services.settle_desk(desk, actor=clerk)

    assert count(round) == "counted"

    votes = {tally.scope: tally.outcome["votes"][first] for tally in Tally.objects.filter(paper__round=round)}
    assert votes == {"inside": 0, "outside": 1, "everybody": 1}


def _settled_desk() -> Desk:
    """Its two papers choose different projects."""
    desk = Desk(n_marked=2)
    first, second, _ = codes(desk.round)
    desk.agreed([first], [second])
    end_voting(desk.round)
    paper_services.settle_desk(desk.desk, actor=desk.clerk)
    return desk


def test_a_paper_that_was_exchanged_in_the_database_stops_the_count():
    desk = _settled_desk()
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE paper_keyedballot SET sealed ="
            " (SELECT sealed FROM paper_keyedballot WHERE sequence = 2 AND keying = 1) WHERE sequence = 1"
        )

    with pytest.raises(BoxDoesNotReconcile, match="not the one that was keyed"):
        counting_services.count(fresh(desk.round))

    assert poll_of(desk.round).state == "closed"


def test_marks_that_vanished_around_the_triggers_stop_the_count():
    desk = _settled_desk()
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ballots_ballotbox WHERE voter_tag = (SELECT max(voter_tag) FROM ballots_ballotbox)"
        )

    with pytest.raises(BoxDoesNotReconcile, match="more paper ballots than marks"):
        counting_services.count(fresh(desk.round))


def test_figures_of_desks_take_a_constant_number_of_queries(django_assert_num_queries):
    desk = Desk(n_marked=2)
    first, *_ = codes(desk.round)
    desk.agreed([first])
    make_account()

    with django_assert_num_queries(4):
        selectors.paper_figures(desk.round)

    paper_services.open_desk(desk.round, "Library", actor=desk.clerk)
    desk.agreed([first])
    with django_assert_num_queries(4):
        assert len(selectors.paper_figures(desk.round)) == 2
