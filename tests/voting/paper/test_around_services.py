"""Voting on paper: the database stays consistent when somebody bypasses the services."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.voting.polling_places import PollingPlaceFixture, refused
from tests.voting.votes import codes, end_voting, make_vote
from voting.paper import services
from voting.paper.exceptions import PollingPlaceExists
from voting.paper.models import BallotBatch, CancelledCheckIn, PollingPlace, TranscribedBallot

pytestmark = pytest.mark.django_db


def test_a_batch_is_not_called_agreed_while_its_entries_differ():
    polling_place = PollingPlaceFixture(n_checked_in=1)
    first, second, _ = codes(polling_place.round)
    batch = polling_place.declare(1)
    polling_place.key(batch, polling_place.clerk, [first])
    sql = "UPDATE paper_ballotbatch SET state = 'agreed', second_entry_count = 1, second_by_id = %s"
    refused(sql, polling_place.other.pk, match="not keyed through")
    polling_place.key(batch, polling_place.other, [second])

    refused(sql, polling_place.other.pk, match="keyings of batch 1 differ")


@pytest.mark.parametrize(
    ("sql", "match"),
    [
        ("UPDATE paper_ballotbatch SET declared = 0", "is_not_empty|more ballots are keyed"),
        ("UPDATE paper_ballotbatch SET residency = 'affiliate'", "stays as it is"),
        ("UPDATE paper_ballotbatch SET first_entry_count = 2", "not keyed through"),
        ("UPDATE paper_ballotbatch SET state = 'withdrawn'", "withdrawn_has_a_reason"),
        ("UPDATE paper_ballotbatch SET state = 'agreed'", "not keyed through|agreed_is_entered_twice"),
        ("UPDATE paper_ballotbatch SET entered_by_id = NULL", "stays as it is"),
        ("DELETE FROM paper_ballotbatch", "withdrawn, not removed"),
        ("DELETE FROM paper_transcribedballot", "keyed again, not removed"),
        ("UPDATE paper_transcribedballot SET sequence = 2", "replaced as a whole"),
        ("UPDATE paper_transcribedballot SET invalid = 'blank'", "replaced as a whole"),
        ("UPDATE paper_transcribedballot SET revision = 2, invalid = 'dull'", "reason_is_known"),
        ("UPDATE paper_transcribedballot SET revision = 2, invalid = 'other'", "other_reason_is_noted"),
        ("UPDATE paper_transcribedballot SET revision = 2, fingerprint = 'x'", "fingerprint_is_32_bytes"),
        ("UPDATE paper_transcribedballot SET revision = 2, data_entry = 3", "one clerk"),
        ("UPDATE paper_pollingplace SET name = 'Elsewhere'", "stays as it is"),
        ("UPDATE paper_pollingplace SET settled_at = now()", "not finished"),
        ("DELETE FROM paper_pollingplace", "stays as it is"),
    ],
)
def test_paper_is_kept_whole_by_the_database(sql, match):
    polling_place = PollingPlaceFixture(n_checked_in=2)
    batch = polling_place.declare(2)
    services.transcribe_ballot(batch, 1, {1: codes(polling_place.round)[:1]}, actor=polling_place.clerk)

    refused(sql, match=match)


_DECLARE = (
    "INSERT INTO paper_ballotbatch (round_id, polling_place_id, number, residency, state, declared, "
    "entered_by_id,"
    " reason) SELECT round_id, id, 9, 'resident', 'declared', 1, %s, '' FROM paper_pollingplace"
)
_KEY = (
    "INSERT INTO paper_transcribedballot"
    " (batch_id, sequence, data_entry, sealed, fingerprint, invalid, note, transcribed_by_id, revision)"
    " SELECT batch_id, %s, data_entry, sealed, fingerprint, invalid, note, transcribed_by_id, 1 FROM "
    "paper_transcribedballot"
)


def test_a_batch_begins_with_declaring_it_and_has_no_more_papers_than_declared():
    polling_place = PollingPlaceFixture(n_checked_in=3)
    first, *_ = codes(polling_place.round)
    batch = polling_place.declare(2)
    services.transcribe_ballot(batch, 2, {1: [first]}, actor=polling_place.clerk)

    refused(_DECLARE, polling_place.clerk.pk, match="begins with declaring it")
    refused(_KEY, 3, match="batch 1 was declared with 2 ballots")
    refused("UPDATE paper_ballotbatch SET declared = 1", match="more ballots are keyed than declared")

    with connection.cursor() as cursor:
        for sql, value in ((_DECLARE, None), (_KEY, 1)):
            cursor.execute(sql, [value])
            assert cursor.rowcount == 1


def test_what_two_clerks_agreed_on_and_a_settled_polling_place_take_no_more_paper():
    polling_place = PollingPlaceFixture(n_checked_in=2)
    first, *_ = codes(polling_place.round)
    assert polling_place.agreed([first]).state == "agreed"

    refused("UPDATE paper_transcribedballot SET revision = 2", match="paper batch 1 is finished")
    end_voting(polling_place.round)
    services.settle_polling_place(polling_place.polling_place, actor=polling_place.clerk)
    refused(_DECLARE, None, match="the paper of this desk is settled")

    assert (BallotBatch.objects.count(), TranscribedBallot.objects.count()) == (1, 2)


def test_a_reason_for_a_cancelled_check_in_is_told_and_stays():
    polling_place = PollingPlaceFixture(n_checked_in=1)
    services.cancel_check_in(
        polling_place.polling_place,
        polling_place.persons[0],
        reason="Gave it back.",
        actor=polling_place.clerk,
    )

    refused("UPDATE paper_cancelledcheckin SET reason = 'x'", match="append-only")
    refused("DELETE FROM paper_cancelledcheckin", match="append-only")
    with pytest.raises(IntegrityError, match="has_a_reason"), transaction.atomic():
        CancelledCheckIn.objects.create(
            polling_place=polling_place.polling_place, reason="", withdrawn_by=polling_place.clerk
        )


def test_polling_places_of_a_round_have_names_of_their_own():
    polling_place = PollingPlaceFixture()

    with pytest.raises(PollingPlaceExists):
        services.open_polling_place(polling_place.round, " Town hall ", actor=polling_place.clerk)

    with pytest.raises(IntegrityError, match="has_a_name"), transaction.atomic():
        PollingPlace.objects.create(round=polling_place.round, name="")
    assert services.open_polling_place(
        make_vote(authority=polling_place.round.authority), "Town hall", actor=polling_place.clerk
    )
