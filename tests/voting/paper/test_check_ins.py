"""Voting on paper: check-ins, and the conditions for cancelling one."""

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
from tests.voting.polling_places import PollingPlaceFixture, PollingPlaceWithAreas, refused
from tests.voting.votes import cast_by, codes, end_voting, voter_of
from voting.ballots import selectors
from voting.ballots.exceptions import VotedOnPaper
from voting.ballots.models import BallotBox
from voting.paper import services
from voting.paper.exceptions import (
    AlreadyCheckedIn,
    CheckInIsUsed,
    MoreBallotsThanCheckIns,
    NotCheckedIn,
    VotedOnline,
)
from voting.paper.models import CancelledCheckIn, TranscribedBallot
from voting.polls.exceptions import VotingClosed

pytestmark = pytest.mark.django_db


def test_somebody_checked_in_is_in_the_box_without_content_and_cannot_vote_online():
    at = PollingPlaceFixture(n_checked_in=0)
    round, polling_place, clerk = at.round, at.polling_place, at.clerk
    account = make_resident(round.authority)
    person = account.persons.get()

    services.check_in(polling_place, person, actor=clerk)

    (check_in,) = BallotBox.objects.all()
    assert (check_in.sealed, check_in.channel, check_in.polling_place_id) == (None, "paper", polling_place.pk)
    assert (check_in.residency, check_in.area_id, check_in.age_group) == ("resident", person.area_id, "35-49")
    with pytest.raises(VotedOnPaper):
        cast_by(voter_of(round, account), codes(round)[0])
    with pytest.raises(AlreadyCheckedIn):
        services.check_in(polling_place, person, actor=clerk)


def test_whoever_has_voted_online_gets_no_paper():
    at = PollingPlaceFixture(n_checked_in=0)
    round, polling_place, clerk = at.round, at.polling_place, at.clerk
    account = make_resident(round.authority)
    cast_by(voter_of(round, account), codes(round)[0])

    with pytest.raises(VotedOnline):
        services.check_in(polling_place, account.persons.get(), actor=clerk)

    assert BallotBox.objects.get().sealed is not None


def test_the_record_of_a_check_in_names_the_clerk_and_not_the_person():
    polling_place = PollingPlaceFixture(n_checked_in=1)

    event = Event.objects.get(action=Action.PERSON_CHECKED_IN)

    assert (event.actor, event.subject_id, event.details) == (
        polling_place.clerk,
        str(polling_place.polling_place.pk),
        {},
    )
    assert str(polling_place.persons[0].pk) not in json.dumps(list(Event.objects.values()), default=str)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.CLERK, Role.REVIEWER)])
def test_only_a_clerk_checks_in_and_transcribes(role):
    polling_place = PollingPlaceFixture()
    batch = polling_place.declare()
    stranger = make_official(polling_place.round.authority, role)
    person = make_person(polling_place.round.authority, None)

    for act in (
        lambda: services.open_polling_place(polling_place.round, "Library", actor=stranger),
        lambda: services.check_in(polling_place.polling_place, person, actor=stranger),
        lambda: services.cancel_check_in(
            polling_place.polling_place, polling_place.persons[0], reason="x", actor=stranger
        ),
        lambda: services.declare_batch(polling_place.polling_place, declared=1, actor=stranger),
        lambda: services.transcribe_ballot(batch, 1, {}, actor=stranger),
        lambda: services.finish_data_entry(batch, actor=stranger),
        lambda: services.withdraw_batch(batch, reason="x", actor=stranger),
        lambda: services.settle_polling_place(polling_place.polling_place, actor=stranger),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_a_clerk_does_not_check_in_themselves_nor_anybody_after_the_close():
    polling_place = PollingPlaceFixture(n_checked_in=0)
    own = make_person(polling_place.round.authority, polling_place.clerk)
    somebody = make_person(polling_place.round.authority, None)

    with pytest.raises(NotForOneself):
        services.check_in(polling_place.polling_place, own, actor=polling_place.clerk)
    end_voting(polling_place.round)
    with pytest.raises(VotingClosed):
        services.check_in(polling_place.polling_place, somebody, actor=polling_place.clerk)

    assert BallotBox.objects.count() == 0


def test_a_check_in_is_cancelled_with_a_reason_and_then_the_person_may_vote_online():
    at = PollingPlaceFixture(n_checked_in=0)
    round, polling_place, clerk = at.round, at.polling_place, at.clerk
    account = make_resident(round.authority)
    person = account.persons.get()
    services.check_in(polling_place, person, actor=clerk)

    with pytest.raises(ReasonNeeded):
        services.cancel_check_in(polling_place, person, reason=" ", actor=clerk)
    assert BallotBox.objects.count() == 1
    services.cancel_check_in(polling_place, person, reason="Left without a paper.", actor=clerk)

    withdrawn = CancelledCheckIn.objects.get()
    assert (withdrawn.reason, withdrawn.withdrawn_by) == ("Left without a paper.", clerk)
    assert cast_by(voter_of(round, account), codes(round)[0]).kind == "cast"
    with pytest.raises(NotCheckedIn):
        services.cancel_check_in(polling_place, person, reason="Again.", actor=clerk)


def test_a_check_in_whose_paper_may_be_transcribed_stays():
    polling_place = PollingPlaceFixture(n_checked_in=2)
    first, *_ = codes(polling_place.round)
    batch = polling_place.declare(2)
    services.transcribe_ballot(batch, 1, {1: [first]}, actor=polling_place.clerk)
    services.cancel_check_in(
        polling_place.polling_place,
        polling_place.persons[0],
        reason="Gave it back.",
        actor=polling_place.clerk,
    )

    with pytest.raises(CheckInIsUsed):
        services.cancel_check_in(
            polling_place.polling_place,
            polling_place.persons[1],
            reason="Gave it back.",
            actor=polling_place.clerk,
        )

    assert BallotBox.objects.count() == 1
    assert CancelledCheckIn.objects.count() == 1


def test_a_check_in_does_not_leave_the_box_around_the_service():
    PollingPlaceFixture(n_checked_in=1)

    refused("DELETE FROM ballots_ballotbox", match="withdrawn with a reason")
    refused("UPDATE ballots_ballotbox SET polling_place_id = NULL, revision = 2", match="replaced as a whole")


def test_each_check_in_that_is_cancelled_has_a_reason_of_its_own():
    polling_place = PollingPlaceFixture(n_checked_in=2)
    tags = [bytes(check_in.voter_tag) for check_in in BallotBox.objects.all()]
    remove = "DELETE FROM ballots_ballotbox WHERE voter_tag = %s"

    def withdraw(*, with_reason: list[bytes], remove_tags: list[bytes]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for tag in with_reason:
                CancelledCheckIn.objects.create(
                    polling_place=polling_place.polling_place,
                    check_in=hashlib.sha256(tag).digest(),
                    reason="Gave it back.",
                    withdrawn_by=polling_place.clerk,
                )
            for tag in remove_tags:
                cursor.execute(remove, [tag])

    # One reason does not suffice for two check-ins, nor does another check-in's reason.
    with pytest.raises(DatabaseError, match="withdrawn with a reason"):
        withdraw(with_reason=tags[:1], remove_tags=tags)
    with pytest.raises(DatabaseError, match="withdrawn with a reason"):
        withdraw(with_reason=tags[:1], remove_tags=tags[1:])
    assert (BallotBox.objects.count(), CancelledCheckIn.objects.count()) == (2, 0)
    with pytest.raises(IntegrityError, match="check_in_is_32_bytes"), transaction.atomic():
        CancelledCheckIn.objects.create(
            polling_place=polling_place.polling_place,
            check_in=b"x",
            reason="x",
            withdrawn_by=polling_place.clerk,
        )


def test_a_reason_given_earlier_cancels_no_check_in():
    polling_place = PollingPlaceFixture(n_checked_in=1)
    (tag,) = BallotBox.objects.values_list("voter_tag", flat=True)
    reason = {
        "polling_place": polling_place.polling_place,
        "check_in": hashlib.sha256(tag).digest(),
        "withdrawn_by": polling_place.clerk,
    }
    CancelledCheckIn.objects.create(
        reason="An hour ago.", withdrawn_at=timezone.now() - timedelta(hours=1), **reason
    )

    refused("DELETE FROM ballots_ballotbox", match="withdrawn with a reason")

    CancelledCheckIn.objects.create(reason="Now.", **reason)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ballots_ballotbox")
        assert cursor.rowcount == 1


def test_with_a_reason_each_both_check_ins_go():
    polling_place = PollingPlaceFixture(n_checked_in=2)

    for person in polling_place.persons:
        services.cancel_check_in(
            polling_place.polling_place, person, reason="Gave it back.", actor=polling_place.clerk
        )

    assert (BallotBox.objects.count(), CancelledCheckIn.objects.count()) == (0, 2)


def test_papers_of_an_area_are_held_against_check_ins_of_people_of_the_area():
    polling_place = PollingPlaceWithAreas()
    first, *_ = codes(polling_place.round)
    batch = polling_place.declare(2, area=polling_place.area)

    services.transcribe_ballot(batch, 1, {1: [first]}, actor=polling_place.clerk)
    with pytest.raises(MoreBallotsThanCheckIns):
        services.transcribe_ballot(batch, 2, {1: [first]}, actor=polling_place.clerk)

    # The other check-in is for the other person's paper ballot, which has only the ballot style for
    # everybody.
    others = polling_place.declare(1)
    services.transcribe_ballot(others, 1, {1: [first]}, actor=polling_place.clerk)
    assert TranscribedBallot.objects.count() == 2


def test_a_check_in_whose_areas_papers_are_transcribed_stays_though_another_check_in_is_free():
    polling_place = PollingPlaceWithAreas()
    first, *_ = codes(polling_place.round)
    services.transcribe_ballot(
        polling_place.declare(1, area=polling_place.area), 1, {1: [first]}, actor=polling_place.clerk
    )

    with pytest.raises(CheckInIsUsed):
        services.cancel_check_in(
            polling_place.polling_place, polling_place.near, reason="Gave it back.", actor=polling_place.clerk
        )

    services.cancel_check_in(
        polling_place.polling_place, polling_place.far, reason="Gave it back.", actor=polling_place.clerk
    )
    assert BallotBox.objects.count() == 1


def test_somebody_from_outside_checked_in_in_an_area_makes_no_room_for_papers_of_it():
    polling_place = PollingPlaceWithAreas()
    first, *_ = codes(polling_place.round)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ballots_ballotbox"
            " (round_id, voter_tag, channel, residency, area_id, age_group, polling_place_id, revision)"
            " VALUES (%s, sha256('x'), 'paper', 'outside', %s, '', %s, 1)",
            [polling_place.round.pk, polling_place.area.pk, polling_place.polling_place.pk],
        )
    batch = polling_place.declare(2, area=polling_place.area)
    services.transcribe_ballot(batch, 1, {1: [first]}, actor=polling_place.clerk)

    with pytest.raises(MoreBallotsThanCheckIns):
        services.transcribe_ballot(batch, 2, {1: [first]}, actor=polling_place.clerk)

    assert TranscribedBallot.objects.count() == 1


def test_papers_of_another_area_take_no_room_from_papers_of_this_one():
    polling_place = PollingPlaceWithAreas()
    first, *_ = codes(polling_place.round)

    for area in (polling_place.area, polling_place.elsewhere):
        services.transcribe_ballot(
            polling_place.declare(1, area=area), 1, {1: [first]}, actor=polling_place.clerk
        )

    assert TranscribedBallot.objects.count() == 2


def test_papers_of_a_withdrawn_batch_make_room_for_others_of_their_area():
    polling_place = PollingPlaceWithAreas()
    first, *_ = codes(polling_place.round)
    batch, another = (polling_place.declare(1, area=polling_place.area) for _ in range(2))
    services.transcribe_ballot(batch, 1, {1: [first]}, actor=polling_place.clerk)
    with pytest.raises(MoreBallotsThanCheckIns):
        services.transcribe_ballot(another, 1, {1: [first]}, actor=polling_place.clerk)

    services.withdraw_batch(batch, reason="Belongs to another desk.", actor=polling_place.clerk)

    services.transcribe_ballot(another, 1, {1: [first]}, actor=polling_place.clerk)
    assert TranscribedBallot.objects.filter(batch=another).count() == 1


def test_a_paper_transcribed_by_both_clerks_is_one_paper_of_its_area():
    polling_place = PollingPlaceWithAreas()
    first, *_ = codes(polling_place.round)
    services.check_in(
        polling_place.polling_place,
        make_person(polling_place.round.authority, None, area=polling_place.area),
        actor=polling_place.clerk,
    )
    assert polling_place.agreed([first], area=polling_place.area).state == "agreed"

    services.transcribe_ballot(
        polling_place.declare(1, area=polling_place.area), 1, {1: [first]}, actor=polling_place.clerk
    )

    assert TranscribedBallot.objects.count() == 3


def test_only_a_check_in_has_a_polling_place_and_it_is_one_of_its_round():
    polling_place, elsewhere = PollingPlaceFixture(n_checked_in=0), PollingPlaceFixture(n_checked_in=0)
    sql = (
        "INSERT INTO ballots_ballotbox"
        " (round_id, voter_tag, sealed, channel, residency, age_group, revision, polling_place_id)"
        " VALUES (%s, sha256('x'), {sealed}, '{channel}', 'resident', '', 1, %s)"
    )

    refused(
        sql.format(sealed="'x'", channel="web"),
        polling_place.round.pk,
        polling_place.polling_place.pk,
        match="places_check_in_paper_only",
    )
    refused(
        sql.format(sealed="NULL", channel="paper"),
        polling_place.round.pk,
        elsewhere.polling_place.pk,
        match="belongs to another round",
    )


def test_turnout_counts_check_ins_under_their_own_way_of_voting():
    polling_place = PollingPlaceFixture(n_checked_in=10)
    for _ in range(10):
        cast_by(voter_of(polling_place.round), codes(polling_place.round)[0])

    turnout = selectors.turnout(polling_place.round)

    assert turnout.total == 20
    assert {cell.label: cell.count for cell in turnout.by_channel} == {"paper": 10, "web": 10}
