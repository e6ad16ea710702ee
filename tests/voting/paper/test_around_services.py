"""Voting on paper: what the database keeps whole when somebody goes around the services."""

import pytest
from django.db import IntegrityError, connection, transaction

from tests.voting.desks import Desk, refused
from tests.voting.votes import codes, end_voting, make_vote
from voting.paper import services
from voting.paper.exceptions import DeskKnown
from voting.paper.models import KeyedBallot, PaperBatch, PaperDesk, WithdrawnMark

pytestmark = pytest.mark.django_db


def test_a_batch_is_not_called_agreed_while_its_keyings_differ():
    desk = Desk(n_marked=1)
    first, second, _ = codes(desk.round)
    batch = desk.declare(1)
    desk.key(batch, desk.clerk, [first])
    sql = "UPDATE paper_paperbatch SET state = 'agreed', keyed_twice = 1, second_by_id = %s"
    refused(sql, desk.other.pk, match="not keyed through")
    desk.key(batch, desk.other, [second])

    refused(sql, desk.other.pk, match="keyings of batch 1 differ")


@pytest.mark.parametrize(
    ("sql", "match"),
    [
        ("UPDATE paper_paperbatch SET declared = 0", "is_not_empty|more ballots are keyed"),
        ("UPDATE paper_paperbatch SET participation = 'affiliate'", "stays as it is"),
        ("UPDATE paper_paperbatch SET keyed_once = 2", "not keyed through"),
        ("UPDATE paper_paperbatch SET state = 'withdrawn'", "withdrawn_has_a_reason"),
        ("UPDATE paper_paperbatch SET state = 'agreed'", "not keyed through|agreed_is_keyed_twice"),
        ("UPDATE paper_paperbatch SET entered_by_id = NULL", "stays as it is"),
        ("DELETE FROM paper_paperbatch", "withdrawn, not removed"),
        ("DELETE FROM paper_keyedballot", "keyed again, not removed"),
        ("UPDATE paper_keyedballot SET sequence = 2", "replaced as a whole"),
        ("UPDATE paper_keyedballot SET invalid = 'blank'", "replaced as a whole"),
        ("UPDATE paper_keyedballot SET revision = 2, invalid = 'dull'", "reason_is_known"),
        ("UPDATE paper_keyedballot SET revision = 2, invalid = 'other'", "other_reason_is_told"),
        ("UPDATE paper_keyedballot SET revision = 2, fingerprint = 'x'", "fingerprint_is_32_bytes"),
        ("UPDATE paper_keyedballot SET revision = 2, keying = 3", "one clerk"),
        ("UPDATE paper_paperdesk SET name = 'Elsewhere'", "stays as it is"),
        ("UPDATE paper_paperdesk SET settled_at = now()", "not finished"),
        ("DELETE FROM paper_paperdesk", "stays as it is"),
    ],
)
def test_paper_is_kept_whole_by_the_database(sql, match):
    desk = Desk(n_marked=2)
    batch = desk.declare(2)
    services.key_ballot(batch, 1, {1: codes(desk.round)[:1]}, actor=desk.clerk)

    refused(sql, match=match)


_DECLARE = (
    "INSERT INTO paper_paperbatch (round_id, desk_id, number, participation, state, declared, entered_by_id,"
    " reason) SELECT round_id, id, 9, 'resident', 'declared', 1, %s, '' FROM paper_paperdesk"
)
_KEY = (
    "INSERT INTO paper_keyedballot"
    " (batch_id, sequence, keying, sealed, fingerprint, invalid, note, keyed_by_id, revision)"
    " SELECT batch_id, %s, keying, sealed, fingerprint, invalid, note, keyed_by_id, 1 FROM paper_keyedballot"
)


def test_a_batch_begins_with_declaring_it_and_has_no_more_papers_than_declared():
    desk = Desk(n_marked=3)
    first, *_ = codes(desk.round)
    batch = desk.declare(2)
    services.key_ballot(batch, 2, {1: [first]}, actor=desk.clerk)

    refused(_DECLARE, desk.clerk.pk, match="begins with declaring it")
    refused(_KEY, 3, match="batch 1 was declared with 2 ballots")
    refused("UPDATE paper_paperbatch SET declared = 1", match="more ballots are keyed than declared")

    with connection.cursor() as cursor:
        for sql, value in ((_DECLARE, None), (_KEY, 1)):
            cursor.execute(sql, [value])
            assert cursor.rowcount == 1


def test_what_two_clerks_agreed_on_and_a_settled_desk_take_no_more_paper():
    desk = Desk(n_marked=2)
    first, *_ = codes(desk.round)
    assert desk.agreed([first]).state == "agreed"

    refused("UPDATE paper_keyedballot SET revision = 2", match="paper batch 1 is finished")
    end_voting(desk.round)
    services.settle_desk(desk.desk, actor=desk.clerk)
    refused(_DECLARE, None, match="the paper of this desk is settled")

    assert (PaperBatch.objects.count(), KeyedBallot.objects.count()) == (1, 2)


def test_a_reason_for_a_withdrawn_mark_is_told_and_stays():
    desk = Desk(n_marked=1)
    services.withdraw_mark(desk.desk, desk.persons[0], reason="Gave it back.", actor=desk.clerk)

    refused("UPDATE paper_withdrawnmark SET reason = 'x'", match="append-only")
    refused("DELETE FROM paper_withdrawnmark", match="append-only")
    with pytest.raises(IntegrityError, match="has_a_reason"), transaction.atomic():
        WithdrawnMark.objects.create(desk=desk.desk, reason="", withdrawn_by=desk.clerk)


def test_desks_of_a_round_have_names_of_their_own():
    desk = Desk()

    with pytest.raises(DeskKnown):
        services.open_desk(desk.round, " Town hall ", actor=desk.clerk)

    with pytest.raises(IntegrityError, match="has_a_name"), transaction.atomic():
        PaperDesk.objects.create(round=desk.round, name="")
    assert services.open_desk(make_vote(authority=desk.round.authority), "Town hall", actor=desk.clerk)
