"""Voting on paper: two clerks key every paper, apart, until both read the same."""

import json

import pytest
from django.db import IntegrityError, transaction

from audit.actions import Action
from audit.models import Event
from identity.exceptions import ReasonNeeded
from rounds.models import Participation
from tests.voting.desks import Desk, refused
from tests.voting.votes import codes
from voting.ballots.exceptions import BallotRefused
from voting.paper import selectors, services
from voting.paper.exceptions import (
    AnotherClerk,
    BatchFinished,
    KeyedAlready,
    KeyingNotComplete,
    MoreBallotsThanMarks,
    NotInBatch,
    NotThatReason,
    SameClerk,
)
from voting.paper.models import KeyedBallot, PaperBatch

pytestmark = pytest.mark.django_db


def test_a_batch_agrees_when_two_clerks_key_the_same():
    desk = Desk(n_marked=2)
    first, second, _ = codes(desk.round)

    batch = desk.agreed([first, second], [second])

    assert (batch.state, batch.declared, batch.keyed_once, batch.keyed_twice) == ("agreed", 2, 2, 2)
    assert (batch.entered_by, batch.second_by) == (desk.clerk, desk.other)


def test_t23_the_second_clerk_is_never_the_first():
    desk = Desk(n_marked=2)
    first, *_ = codes(desk.round)
    batch = desk.declare(1)
    desk.key(batch, desk.clerk, [first])

    with pytest.raises(SameClerk):
        services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)
    with pytest.raises(SameClerk):
        services.finish_keying(batch, actor=desk.clerk)
    with pytest.raises(IntegrityError, match="paper_paperbatch_by_two_clerks"), transaction.atomic():
        PaperBatch.objects.filter(pk=batch.pk).update(second_by=desk.clerk)

    assert desk.key(batch, desk.other, [first]).state == "agreed"


def test_t23_no_more_papers_are_keyed_than_people_were_marked():
    desk = Desk(n_marked=2)
    first, *_ = codes(desk.round)
    batch, another = desk.declare(2), desk.declare(1)
    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)
    services.key_ballot(another, 1, {1: [first]}, actor=desk.clerk)

    with pytest.raises(MoreBallotsThanMarks):
        services.key_ballot(batch, 2, {1: [first]}, actor=desk.clerk)
    refused(
        "INSERT INTO paper_keyedballot"
        " (batch_id, sequence, keying, sealed, fingerprint, invalid, note, keyed_by_id, revision)"
        " VALUES (%s, 2, 1, 'x', sha256('x'), '', '', %s, 1)",
        batch.pk,
        desk.clerk.pk,
        match="more paper ballots than marks",
    )
    # Several rows in one statement, the first of which would still fit if the other batch were empty.
    services.withdraw_batch(another, reason="Belongs to another desk.", actor=desk.clerk)
    services.key_ballot(batch, 2, {1: [first]}, actor=desk.clerk)
    assert KeyedBallot.objects.filter(batch=batch).count() == 2


def test_papers_of_people_from_outside_are_held_against_marks_of_people_from_outside():
    desk = Desk(n_marked=1)
    first, *_ = codes(desk.round)
    outside = desk.declare(1, participation=Participation.OUTSIDE)

    with pytest.raises(MoreBallotsThanMarks):
        services.key_ballot(outside, 1, {1: [first]}, actor=desk.clerk)

    assert desk.agreed([first]).state == "agreed"


def test_papers_keyed_differently_wait_until_both_clerks_read_the_same():
    desk = Desk(n_marked=3)
    first, second, third = codes(desk.round)
    batch = desk.declare(3)
    desk.key(batch, desk.clerk, [first], [second], [third])

    batch = desk.key(batch, desk.other, [first], [third], [second])

    assert (batch.state, selectors.differing(batch)) == ("differs", [2, 3])
    with pytest.raises(KeyedAlready):
        services.key_ballot(batch, 1, {1: [second]}, actor=desk.other)
    with pytest.raises(AnotherClerk):
        services.key_ballot(batch, 2, {1: [second]}, actor=desk.third)
    services.key_ballot(batch, 2, {1: [second]}, actor=desk.other)
    batch.refresh_from_db()
    assert (batch.state, selectors.differing(batch)) == ("differs", [3])
    services.key_ballot(batch, 3, {1: [second]}, actor=desk.clerk)
    batch.refresh_from_db()
    assert (batch.state, batch.keyed_twice, selectors.differing(batch)) == ("agreed", 3, [])
    assert KeyedBallot.objects.get(batch=batch, sequence=3, keying=1).revision == 2
    with pytest.raises(BatchFinished):
        services.key_ballot(batch, 3, {1: [third]}, actor=desk.clerk)


def test_the_order_in_which_a_paper_is_typed_makes_no_difference():
    desk = Desk(n_marked=1)
    first, second, _ = codes(desk.round)
    batch = desk.declare(1)
    desk.key(batch, desk.clerk, [first, second])

    assert desk.key(batch, desk.other, [second, first]).state == "agreed"


def test_a_keying_is_finished_with_as_many_papers_as_were_declared():
    desk = Desk(n_marked=3)
    first, *_ = codes(desk.round)
    batch = desk.declare(3)
    services.key_ballot(batch, 1, {1: [first]}, actor=desk.clerk)

    with pytest.raises(KeyingNotComplete):
        services.finish_keying(batch, actor=desk.clerk)
    with pytest.raises(NotInBatch):
        services.key_ballot(batch, 4, {1: [first]}, actor=desk.clerk)
    with pytest.raises(AnotherClerk):
        services.key_ballot(batch, 2, {1: [first]}, actor=desk.other)
    with pytest.raises(ReasonNeeded):
        services.recount_batch(batch, declared=1, reason="", actor=desk.clerk)
    services.recount_batch(batch, declared=1, reason="Two sheets were spare ones.", actor=desk.clerk)

    assert services.finish_keying(batch, actor=desk.clerk).keyed_once == 1
    event = Event.objects.get(action=Action.PAPER_BATCH_RECOUNTED)
    assert (event.details["before"], event.details["after"]) == (3, 1)


def test_what_was_keyed_cannot_be_read_in_the_database_nor_in_the_record():
    desk = Desk(n_marked=1)
    first, second, _ = codes(desk.round)
    batch = desk.agreed([first])

    rows = list(KeyedBallot.objects.filter(batch=batch))
    told = b"".join(bytes(row.sealed) + bytes(row.fingerprint) for row in rows).decode("latin-1")
    told += json.dumps(list(Event.objects.filter(action__contains="paper").values("details")))
    assert first not in told
    assert second not in told
    # Equal contents are equal to the comparison alone: not between two papers of a batch.
    assert rows[0].fingerprint == rows[1].fingerprint
    assert bytes(rows[0].sealed) != bytes(rows[1].sealed)


def test_a_paper_that_breaks_the_rules_is_keyed_as_it_is_with_the_reason_that_holds():
    desk = Desk(n_marked=3, costs=(600, 600, 300), paper={"max_choices": 2, "ballot_budget_minor": 1000})
    first, second, third = codes(desk.round)
    batch = desk.declare(3)
    key = services.key_ballot

    with pytest.raises(BallotRefused):
        key(batch, 1, {1: [first, second]}, actor=desk.clerk)
    with pytest.raises(NotThatReason):
        key(batch, 1, {1: [first]}, invalid="over_budget", actor=desk.clerk)
    assert (
        key(batch, 1, {1: [first, second]}, invalid="over_budget", actor=desk.clerk).invalid == "over_budget"
    )
    # Too many and over budget at once: whatever the clerk chooses, the same reason is stored.
    both = {1: [first, second, third]}
    assert key(batch, 2, both, invalid="too_many", actor=desk.clerk).invalid == "over_budget"
    assert key(batch, 2, both, invalid="over_budget", actor=desk.clerk).invalid == "over_budget"
    with pytest.raises(NotThatReason):
        key(batch, 3, {1: [first]}, invalid="blank", actor=desk.clerk)
    assert key(batch, 3, {}, invalid="blank", actor=desk.clerk).invalid == "blank"


def test_a_paper_that_cannot_be_a_ballot_for_another_reason_says_which():
    desk = Desk(n_marked=2)
    batch = desk.declare(2)

    with pytest.raises(ReasonNeeded):
        services.key_ballot(batch, 1, {}, invalid="other", note=" ", actor=desk.clerk)
    told = services.key_ballot(
        batch, 1, {}, invalid="other", note="Half of it is torn off.", actor=desk.clerk
    )
    unread = services.key_ballot(batch, 2, {}, invalid="unreadable", note="ignored", actor=desk.clerk)

    assert (told.invalid, told.note) == ("other", "Half of it is torn off.")
    assert (unread.invalid, unread.note) == ("unreadable", "")


def test_an_empty_paper_is_a_ballot_where_the_round_allows_it():
    desk = Desk(n_marked=1, paper={"max_choices": 2, "allows_blank": True})
    batch = desk.declare(1)

    assert services.key_ballot(batch, 1, {}, actor=desk.clerk).invalid == ""
