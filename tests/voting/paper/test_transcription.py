"""Voting on paper: two clerks transcribe every paper ballot independently, until both read the same."""

import json

import pytest
from django.db import IntegrityError, transaction

from audit.actions import Action
from audit.models import Event
from identity.exceptions import ReasonNeeded
from rounds.models import Residency
from tests.voting.polling_places import PollingPlaceFixture, refused
from tests.voting.votes import codes
from voting.ballots.exceptions import BallotRefused
from voting.paper import selectors, services
from voting.paper.exceptions import (
    AlreadyTranscribed,
    AnotherClerk,
    BatchFinished,
    MoreBallotsThanCheckIns,
    NotInBatch,
    NotThatReason,
    SameClerk,
    TranscriptionNotComplete,
)
from voting.paper.models import BallotBatch, TranscribedBallot

pytestmark = pytest.mark.django_db


def test_a_batch_agrees_when_two_clerks_key_the_same():
    polling_place = PollingPlaceFixture(n_checked_in=2)
    first, second, _ = codes(polling_place.round)

    batch = polling_place.agreed([first, second], [second])

    assert (batch.state, batch.declared, batch.first_entry_count, batch.second_entry_count) == (
        "agreed",
        2,
        2,
        2,
    )
    assert (batch.entered_by, batch.second_by) == (polling_place.clerk, polling_place.other)


def test_t23_the_second_clerk_is_never_the_first():
    polling_place = PollingPlaceFixture(n_checked_in=2)
    first, *_ = codes(polling_place.round)
    batch = polling_place.declare(1)
    polling_place.key(batch, polling_place.clerk, [first])

    with pytest.raises(SameClerk):
        services.transcribe_ballot(batch, 1, {1: [first]}, actor=polling_place.clerk)
    with pytest.raises(SameClerk):
        services.finish_data_entry(batch, actor=polling_place.clerk)
    with pytest.raises(IntegrityError, match="paper_ballotbatch_by_two_clerks"), transaction.atomic():
        BallotBatch.objects.filter(pk=batch.pk).update(second_by=polling_place.clerk)

    assert polling_place.key(batch, polling_place.other, [first]).state == "agreed"


def test_t23_no_more_papers_are_transcribed_than_people_were_marked():
    polling_place = PollingPlaceFixture(n_checked_in=2)
    first, *_ = codes(polling_place.round)
    batch, another = polling_place.declare(2), polling_place.declare(1)
    services.transcribe_ballot(batch, 1, {1: [first]}, actor=polling_place.clerk)
    services.transcribe_ballot(another, 1, {1: [first]}, actor=polling_place.clerk)

    with pytest.raises(MoreBallotsThanCheckIns):
        services.transcribe_ballot(batch, 2, {1: [first]}, actor=polling_place.clerk)
    refused(
        "INSERT INTO paper_transcribedballot"
        " (batch_id, sequence, data_entry, sealed, fingerprint, invalid, note, transcribed_by_id, revision)"
        " VALUES (%s, 2, 1, 'x', sha256('x'), '', '', %s, 1)",
        batch.pk,
        polling_place.clerk.pk,
        match="more paper ballots than marks",
    )
    # Several rows in one statement; the first of them would still fit if the other batch were empty.
    services.withdraw_batch(another, reason="Belongs to another desk.", actor=polling_place.clerk)
    services.transcribe_ballot(batch, 2, {1: [first]}, actor=polling_place.clerk)
    assert TranscribedBallot.objects.filter(batch=batch).count() == 2


def test_papers_of_people_from_outside_are_held_against_check_ins_of_people_from_outside():
    polling_place = PollingPlaceFixture(n_checked_in=1)
    first, *_ = codes(polling_place.round)
    outside = polling_place.declare(1, residency=Residency.OUTSIDE)

    with pytest.raises(MoreBallotsThanCheckIns):
        services.transcribe_ballot(outside, 1, {1: [first]}, actor=polling_place.clerk)

    assert polling_place.agreed([first]).state == "agreed"


def test_papers_transcribed_differently_wait_until_both_clerks_read_the_same():
    polling_place = PollingPlaceFixture(n_checked_in=3)
    first, second, third = codes(polling_place.round)
    batch = polling_place.declare(3)
    polling_place.key(batch, polling_place.clerk, [first], [second], [third])

    batch = polling_place.key(batch, polling_place.other, [first], [third], [second])

    assert (batch.state, selectors.differing(batch)) == ("differs", [2, 3])
    with pytest.raises(AlreadyTranscribed):
        services.transcribe_ballot(batch, 1, {1: [second]}, actor=polling_place.other)
    with pytest.raises(AnotherClerk):
        services.transcribe_ballot(batch, 2, {1: [second]}, actor=polling_place.third)
    services.transcribe_ballot(batch, 2, {1: [second]}, actor=polling_place.other)
    batch.refresh_from_db()
    assert (batch.state, selectors.differing(batch)) == ("differs", [3])
    services.transcribe_ballot(batch, 3, {1: [second]}, actor=polling_place.clerk)
    batch.refresh_from_db()
    assert (batch.state, batch.second_entry_count, selectors.differing(batch)) == ("agreed", 3, [])
    assert TranscribedBallot.objects.get(batch=batch, sequence=3, data_entry=1).revision == 2
    with pytest.raises(BatchFinished):
        services.transcribe_ballot(batch, 3, {1: [third]}, actor=polling_place.clerk)


def test_the_order_in_which_a_paper_is_typed_makes_no_difference():
    polling_place = PollingPlaceFixture(n_checked_in=1)
    first, second, _ = codes(polling_place.round)
    batch = polling_place.declare(1)
    polling_place.key(batch, polling_place.clerk, [first, second])

    assert polling_place.key(batch, polling_place.other, [second, first]).state == "agreed"


def test_an_entry_is_finished_with_as_many_papers_as_were_declared():
    polling_place = PollingPlaceFixture(n_checked_in=3)
    first, *_ = codes(polling_place.round)
    batch = polling_place.declare(3)
    services.transcribe_ballot(batch, 1, {1: [first]}, actor=polling_place.clerk)

    with pytest.raises(TranscriptionNotComplete):
        services.finish_data_entry(batch, actor=polling_place.clerk)
    with pytest.raises(NotInBatch):
        services.transcribe_ballot(batch, 4, {1: [first]}, actor=polling_place.clerk)
    with pytest.raises(AnotherClerk):
        services.transcribe_ballot(batch, 2, {1: [first]}, actor=polling_place.other)
    with pytest.raises(ReasonNeeded):
        services.recount_batch(batch, declared=1, reason="", actor=polling_place.clerk)
    services.recount_batch(batch, declared=1, reason="Two sheets were spare ones.", actor=polling_place.clerk)

    assert services.finish_data_entry(batch, actor=polling_place.clerk).first_entry_count == 1
    event = Event.objects.get(action=Action.BALLOT_BATCH_RECOUNTED)
    assert (event.details["before"], event.details["after"]) == (3, 1)


def test_what_was_transcribed_cannot_be_read_in_the_database_nor_in_the_record():
    polling_place = PollingPlaceFixture(n_checked_in=1)
    first, second, _ = codes(polling_place.round)
    batch = polling_place.agreed([first])

    rows = list(TranscribedBallot.objects.filter(batch=batch))
    told = b"".join(bytes(row.sealed) + bytes(row.fingerprint) for row in rows).decode("latin-1")
    told += json.dumps(list(Event.objects.filter(action__contains="paper").values("details")))
    assert first not in told
    assert second not in told
    # Equal contents are equal only to the comparison: not between two paper ballots of a batch.
    assert rows[0].fingerprint == rows[1].fingerprint
    assert bytes(rows[0].sealed) != bytes(rows[1].sealed)


def test_a_paper_that_breaks_the_rules_is_transcribed_as_it_is_with_the_reason_that_holds():
    polling_place = PollingPlaceFixture(
        n_checked_in=3, costs=(600, 600, 300), ballot_style={"max_choices": 2, "ballot_budget_minor": 1000}
    )
    first, second, third = codes(polling_place.round)
    batch = polling_place.declare(3)
    key = services.transcribe_ballot

    with pytest.raises(BallotRefused):
        key(batch, 1, {1: [first, second]}, actor=polling_place.clerk)
    with pytest.raises(NotThatReason):
        key(batch, 1, {1: [first]}, invalid="over_budget", actor=polling_place.clerk)
    assert (
        key(batch, 1, {1: [first, second]}, invalid="over_budget", actor=polling_place.clerk).invalid
        == "over_budget"
    )
    # Too many and over budget at once: whatever the clerk chooses, the same reason is stored.
    both = {1: [first, second, third]}
    assert key(batch, 2, both, invalid="too_many", actor=polling_place.clerk).invalid == "over_budget"
    assert key(batch, 2, both, invalid="over_budget", actor=polling_place.clerk).invalid == "over_budget"
    with pytest.raises(NotThatReason):
        key(batch, 3, {1: [first]}, invalid="blank", actor=polling_place.clerk)
    assert key(batch, 3, {}, invalid="blank", actor=polling_place.clerk).invalid == "blank"


def test_a_paper_that_cannot_be_a_ballot_for_another_reason_says_which():
    polling_place = PollingPlaceFixture(n_checked_in=2)
    batch = polling_place.declare(2)

    with pytest.raises(ReasonNeeded):
        services.transcribe_ballot(batch, 1, {}, invalid="other", note=" ", actor=polling_place.clerk)
    told = services.transcribe_ballot(
        batch, 1, {}, invalid="other", note="Half of it is torn off.", actor=polling_place.clerk
    )
    unread = services.transcribe_ballot(
        batch, 2, {}, invalid="unreadable", note="ignored", actor=polling_place.clerk
    )

    assert (told.invalid, told.note) == ("other", "Half of it is torn off.")
    assert (unread.invalid, unread.note) == ("unreadable", "")


def test_an_empty_paper_is_a_ballot_where_the_round_allows_it():
    polling_place = PollingPlaceFixture(n_checked_in=1, ballot_style={"max_choices": 2, "allows_blank": True})
    batch = polling_place.declare(1)

    assert services.transcribe_ballot(batch, 1, {}, actor=polling_place.clerk).invalid == ""
