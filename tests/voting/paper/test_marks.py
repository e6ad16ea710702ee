"""Voting on paper: who is marked as having voted, and when a mark is taken back."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from core.exceptions import NotPermitted
from identity.exceptions import NotForOneself, ReasonNeeded
from identity.roles import Role
from tests.factories import make_official, make_person, make_resident
from tests.voting.desks import Desk, DeskOfAreas, refused
from tests.voting.votes import cast_by, codes, end_voting, voter_of
from voting.ballots import selectors
from voting.ballots.exceptions import VotedOnPaper
from voting.ballots.models import BallotBox
from voting.paper import services
from voting.paper.exceptions import MarkedAlready, MarkIsUsed, MoreBallotsThanMarks, NotMarked, VotedOnline
from voting.paper.models import KeyedBallot, WithdrawnMark
from voting.polls.exceptions import VotingClosed

pytestmark = pytest.mark.django_db


def test_somebody_marked_is_in_the_box_without_content_and_cannot_vote_online():
    at = Desk(n_marked=0)
    round, desk, clerk = at.round, at.desk, at.clerk
    account = make_resident(round.authority)
    person = account.persons.get()

    services.mark_paper(desk, person, actor=clerk)

    (mark,) = BallotBox.objects.all()
    assert (mark.sealed, mark.channel, mark.desk_id) == (None, "paper", desk.pk)
    assert (mark.participation, mark.area_id, mark.age_group) == ("resident", person.area_id, "35-49")
    with pytest.raises(VotedOnPaper):
        cast_by(voter_of(round, account), codes(round)[0])
    with pytest.raises(MarkedAlready):
        services.mark_paper(desk, person, actor=clerk)


def test_whoever_has_voted_online_gets_no_paper():
    at = Desk(n_marked=0)
    round, desk, clerk = at.round, at.desk, at.clerk
    account = make_resident(round.authority)
    cast_by(voter_of(round, account), codes(round)[0])

    with pytest.raises(VotedOnline):
        services.mark_paper(desk, account.persons.get(), actor=clerk)

    assert BallotBox.objects.get().sealed is not None


def test_the_record_of_a_mark_names_the_clerk_and_not_the_person():
    desk = Desk(n_marked=1)

    event = Event.objects.get(action=Action.PAPER_MARKED)

    assert (event.actor, event.subject_id, event.details) == (desk.clerk, str(desk.desk.pk), {})
    assert str(desk.persons[0].pk) not in json.dumps(list(Event.objects.values()), default=str)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.CLERK, Role.REVIEWER)])
def test_only_a_clerk_marks_and_keys(role):
    desk = Desk()
    batch = desk.declare()
    stranger = make_official(desk.round.authority, role)
    person = make_person(desk.round.authority, None)

    for act in (
        lambda: services.open_desk(desk.round, "Library", actor=stranger),
        lambda: services.mark_paper(desk.desk, person, actor=stranger),
        lambda: services.withdraw_mark(desk.desk, desk.persons[0], reason="x", actor=stranger),
        lambda: services.declare_batch(desk.desk, declared=1, actor=stranger),
        lambda: services.key_ballot(batch, 1, {}, actor=stranger),
        lambda: services.finish_keying(batch, actor=stranger),
        lambda: services.withdraw_batch(batch, reason="x", actor=stranger),
        lambda: services.settle_desk(desk.desk, actor=stranger),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_a_clerk_does_not_mark_themselves_nor_anybody_after_the_close():
    desk = Desk(n_marked=0)
    own = make_person(desk.round.authority, desk.clerk)
    somebody = make_person(desk.round.authority, None)

    with pytest.raises(NotForOneself):
        services.mark_paper(desk.desk, own, actor=desk.clerk)
    end_voting(desk.round)
    with pytest.raises(VotingClosed):
        services.mark_paper(desk.desk, somebody, actor=desk.clerk)

    assert BallotBox.objects.count() == 0


def test_a_mark_is_taken_back_with_a_reason_and_then_the_person_may_vote_online():
    at = Desk(n_marked=0)
    round, desk, clerk = at.round, at.desk, at.clerk
    account = make_resident(round.authority)
    person = account.persons.get()
    services.mark_paper(desk, person, actor=clerk)

    with pytest.raises(ReasonNeeded):
        services.withdraw_mark(desk, person, reason=" ", actor=clerk)
    assert BallotBox.objects.count() == 1
    services.withdraw_mark(desk, person, reason="Left without a paper.", actor=clerk)

    withdrawn = WithdrawnMark.objects.get()
    assert (withdrawn.reason, withdrawn.withdrawn_by) == ("Left without a paper.", clerk)
    assert cast_by(voter_of(round, account), codes(round)[0]).kind == "cast"
    with pytest.raises(NotMarked):
        services.withdraw_mark(desk, person, reason="Again.", actor=clerk)


def test_a_mark_whose_paper_may_be_keyed_stays():
    desk = Desk(n_marked=2)
    first, *_ = codes(desk.round)
    batch = desk.declare(2)
    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)
    services.withdraw_mark(desk.desk, desk.persons[0], reason="Gave it back.", actor=desk.clerk)

    with pytest.raises(MarkIsUsed):
        services.withdraw_mark(desk.desk, desk.persons[1], reason="Gave it back.", actor=desk.clerk)

    assert BallotBox.objects.count() == 1
    assert WithdrawnMark.objects.count() == 1


def test_a_mark_does_not_leave_the_box_around_the_service():
    Desk(n_marked=1)

    refused("DELETE FROM ballots_ballotbox", match="withdrawn with a reason")
    refused("UPDATE ballots_ballotbox SET desk_id = NULL, revision = 2", match="replaced as a whole")


def test_each_mark_that_is_taken_back_has_a_reason_of_its_own():
    desk = Desk(n_marked=2)
    tags = [bytes(mark.voter_tag) for mark in BallotBox.objects.all()]
    remove = "DELETE FROM ballots_ballotbox WHERE voter_tag = %s"

    def withdraw(*, with_reason: list[bytes], remove_tags: list[bytes]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for tag in with_reason:
                WithdrawnMark.objects.create(
                    desk=desk.desk,
                    mark=hashlib.sha256(tag).digest(),
                    reason="Gave it back.",
                    withdrawn_by=desk.clerk,
                )
            for tag in remove_tags:
                cursor.execute(remove, [tag])

    # One reason is not enough for two marks, nor does it do for another's.
    with pytest.raises(DatabaseError, match="withdrawn with a reason"):
        withdraw(with_reason=tags[:1], remove_tags=tags)
    with pytest.raises(DatabaseError, match="withdrawn with a reason"):
        withdraw(with_reason=tags[:1], remove_tags=tags[1:])
    assert (BallotBox.objects.count(), WithdrawnMark.objects.count()) == (2, 0)
    with pytest.raises(IntegrityError, match="mark_is_32_bytes"), transaction.atomic():
        WithdrawnMark.objects.create(desk=desk.desk, mark=b"x", reason="x", withdrawn_by=desk.clerk)


def test_a_reason_given_earlier_takes_no_mark_back():
    desk = Desk(n_marked=1)
    (tag,) = BallotBox.objects.values_list("voter_tag", flat=True)
    reason = {"desk": desk.desk, "mark": hashlib.sha256(tag).digest(), "withdrawn_by": desk.clerk}
    WithdrawnMark.objects.create(
        reason="An hour ago.", withdrawn_at=timezone.now() - timedelta(hours=1), **reason
    )

    refused("DELETE FROM ballots_ballotbox", match="withdrawn with a reason")

    WithdrawnMark.objects.create(reason="Now.", **reason)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ballots_ballotbox")
        assert cursor.rowcount == 1


def test_with_a_reason_each_both_marks_go():
    desk = Desk(n_marked=2)

    for person in desk.persons:
        services.withdraw_mark(desk.desk, person, reason="Gave it back.", actor=desk.clerk)

    assert (BallotBox.objects.count(), WithdrawnMark.objects.count()) == (0, 2)


def test_papers_of_an_area_are_held_against_marks_of_people_of_the_area():
    desk = DeskOfAreas()
    first, *_ = codes(desk.round)
    batch = desk.declare(2, area=desk.area)

    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)
    with pytest.raises(MoreBallotsThanMarks):
        services.key_ballot(batch, 2, {1: [first]}, actor=desk.clerk)

    # The other mark is for the other person's paper, which is of everybody's alone.
    others = desk.declare(1)
    services.key_ballot(others, 1, {1: [first]}, actor=desk.clerk)
    assert KeyedBallot.objects.count() == 2


def test_a_mark_whose_areas_papers_are_keyed_stays_though_another_mark_is_free():
    desk = DeskOfAreas()
    first, *_ = codes(desk.round)
    services.key_ballot(desk.declare(1, area=desk.area), 1, {1: [first]}, actor=desk.clerk)

    with pytest.raises(MarkIsUsed):
        services.withdraw_mark(desk.desk, desk.near, reason="Gave it back.", actor=desk.clerk)

    services.withdraw_mark(desk.desk, desk.far, reason="Gave it back.", actor=desk.clerk)
    assert BallotBox.objects.count() == 1


def test_somebody_from_outside_marked_in_an_area_makes_no_room_for_papers_of_it():
    desk = DeskOfAreas()
    first, *_ = codes(desk.round)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ballots_ballotbox"
            " (round_id, voter_tag, channel, participation, area_id, age_group, desk_id, revision)"
            " VALUES (%s, sha256('x'), 'paper', 'outside', %s, '', %s, 1)",
            [desk.round.pk, desk.area.pk, desk.desk.pk],
        )
    batch = desk.declare(2, area=desk.area)
    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)

    with pytest.raises(MoreBallotsThanMarks):
        services.key_ballot(batch, 2, {1: [first]}, actor=desk.clerk)

    assert KeyedBallot.objects.count() == 1


def test_papers_of_another_area_take_no_room_from_papers_of_this_one():
    desk = DeskOfAreas()
    first, *_ = codes(desk.round)

    for area in (desk.area, desk.elsewhere):
        services.key_ballot(desk.declare(1, area=area), 1, {1: [first]}, actor=desk.clerk)

    assert KeyedBallot.objects.count() == 2


def test_papers_of_a_withdrawn_batch_make_room_for_others_of_their_area():
    desk = DeskOfAreas()
    first, *_ = codes(desk.round)
    batch, another = (desk.declare(1, area=desk.area) for _ in range(2))
    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)
    with pytest.raises(MoreBallotsThanMarks):
        services.key_ballot(another, 1, {1: [first]}, actor=desk.clerk)

    services.withdraw_batch(batch, reason="Belongs to another desk.", actor=desk.clerk)

    services.key_ballot(another, 1, {1: [first]}, actor=desk.clerk)
    assert KeyedBallot.objects.filter(batch=another).count() == 1


def test_a_paper_keyed_by_both_clerks_is_one_paper_of_its_area():
    desk = DeskOfAreas()
    first, *_ = codes(desk.round)
    services.mark_paper(desk.desk, make_person(desk.round.authority, None, area=desk.area), actor=desk.clerk)
    assert desk.agreed([first], area=desk.area).state == "agreed"

    services.key_ballot(desk.declare(1, area=desk.area), 1, {1: [first]}, actor=desk.clerk)

    assert KeyedBallot.objects.count() == 3


def test_only_a_paper_mark_has_a_desk_and_it_is_one_of_its_round():
    desk, elsewhere = Desk(n_marked=0), Desk(n_marked=0)
    sql = (
        "INSERT INTO ballots_ballotbox"
        " (round_id, voter_tag, sealed, channel, participation, age_group, revision, desk_id)"
        " VALUES (%s, sha256('x'), {sealed}, '{channel}', 'resident', '', 1, %s)"
    )

    refused(
        sql.format(sealed="'x'", channel="web"), desk.round.pk, desk.desk.pk, match="desks_mark_paper_only"
    )
    refused(
        sql.format(sealed="NULL", channel="paper"),
        desk.round.pk,
        elsewhere.desk.pk,
        match="belongs to another round",
    )


def test_turnout_counts_paper_marks_under_their_own_way_of_voting():
    desk = Desk(n_marked=10)
    for _ in range(10):
        cast_by(voter_of(desk.round), codes(desk.round)[0])

    turnout = selectors.turnout(desk.round)

    assert turnout.total == 20
    assert {cell.label: cell.count for cell in turnout.by_channel} == {"paper": 10, "web": 10}
