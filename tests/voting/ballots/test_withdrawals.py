"""Withdrawing an online ballot before the poll closes: it leaves the box, and the log shows it."""

import json

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.actions import Action
from audit.models import Event
from identity.exceptions import HoldsRoles
from identity.models import Account
from identity.roles import Role
from identity.services import erase
from rounds.models import Round
from tests.factories import make_account, make_authority, make_official, make_person, make_resident
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, triggers_asleep, voter_of
from voting.ballots import logbook, merkle
from voting.ballots import sealing as ballots_sealing
from voting.ballots import services as ballots_services
from voting.ballots.exceptions import BallotDamaged, BoxDoesNotReconcile, ReceiptUsed, VotedOnPaper
from voting.ballots.models import BallotBox, CastEvent
from voting.ballots.selectors import turnout
from voting.ballots.services import Voter
from voting.counting import services as counting_services
from voting.paper import services as paper_services
from voting.paper.exceptions import AlreadyCheckedIn, VotedOnline
from voting.paper.models import PollingPlace
from voting.polls import choices as polls_choices
from voting.polls.exceptions import VotingClosed
from voting.polls.models import Poll

pytestmark = pytest.mark.django_db


class Hall:
    """A round with a polling place, its clerk, and an eligible voter."""

    def __init__(self) -> None:
        self.round = make_vote()
        self.clerk = make_official(self.round.authority, Role.CLERK)
        self.desk = paper_services.open_polling_place(self.round, "Town hall", actor=self.clerk)
        self.account = make_resident(self.round.authority)
        self.person = self.account.persons.get()

    @property
    def voter(self) -> Voter:
        return voter_of(self.round, self.account)

    def mark(self) -> None:
        paper_services.check_in(self.desk, self.person, actor=self.clerk, overrides=True)

    def take_back(self) -> None:
        paper_services.cancel_check_in(self.desk, self.person, reason="Changed their mind.", actor=self.clerk)

    def settle(self) -> None:
        end_voting(self.round)
        paper_services.settle_polling_place(PollingPlace.objects.get(), actor=self.clerk)


def _leave(account: Account) -> None:
    erase(account, withdraw_public=False)


def _log(round: Round) -> list[tuple[str, int | None]]:
    rows = CastEvent.objects.filter(round=round).order_by("pk")
    return list(rows.values_list("kind", "castings"))


def _entry(round: Round, code: bytes) -> CastEvent:
    return CastEvent.objects.castings().get(log_ref=ballots_sealing.references(code, round.slug).log_ref)


def _leaf(event: CastEvent) -> bytes:
    return merkle.leaf_hash(bytes(event.log_ref) + bytes(event.commitment) + event.kind.encode())


def _reconciled(round: Round) -> dict[str, int]:
    counting_services.count(round)
    return Event.objects.get(action=Action.BOX_RECONCILED, subject_id=str(round.pk)).details


def _refused(sql: str, *values: object, match: str) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=match), transaction.atomic():
        cursor.execute(sql, values)


# Paper overrides.


def test_paper_takes_the_place_of_an_online_ballot_and_the_log_says_that_it_was_withdrawn():
    hall, code = Hall(), ballots_sealing.new_code()
    first, *_ = codes(hall.round)
    cast_by(hall.voter, first, code=code)

    hall.mark()

    mark = BallotBox.objects.get()
    assert (mark.sealed, mark.channel, mark.polling_place_id, mark.revision) == (
        None,
        "paper",
        hall.desk.pk,
        1,
    )
    entry, gone = CastEvent.objects.order_by("pk")
    assert (gone.kind, gone.castings, gone.leaf_index) == ("withdraw", 1, None)
    assert bytes(gone.log_ref) == _leaf(entry)
    assert (bytes(gone.commitment), gone.recorded_on) == (bytes(entry.commitment), entry.recorded_on)
    for again in (ballots_sealing.new_code(), code):
        with pytest.raises(VotedOnPaper):
            cast_by(hall.voter, first, code=again)
    with pytest.raises(AlreadyCheckedIn):
        hall.mark()
    assert _log(hall.round) == [("cast", None), ("withdraw", 1)]


def test_without_the_clerk_saying_so_an_online_ballot_stays():
    hall = Hall()
    cast_by(hall.voter, codes(hall.round)[0])

    with pytest.raises(VotedOnline):
        paper_services.check_in(hall.desk, hall.person, actor=hall.clerk)

    assert BallotBox.objects.get().sealed is not None
    assert _log(hall.round) == [("cast", None)]


def test_whoever_has_not_voted_online_is_checked_in_and_nothing_is_withdrawn():
    hall = Hall()

    hall.mark()

    assert BallotBox.objects.get().channel == "paper"
    assert _log(hall.round) == []
    assert Event.objects.get(action=Action.PERSON_CHECKED_IN).details == {}


def test_the_record_of_a_check_in_says_that_it_overrode_a_ballot_and_not_whose():
    hall = Hall()
    cast_by(hall.voter, codes(hall.round)[0])

    hall.mark()

    event = Event.objects.get(action=Action.PERSON_CHECKED_IN)
    assert (event.actor, event.details) == (hall.clerk, {"overrides": True})
    record = json.dumps(list(Event.objects.values()), default=str)
    told = [
        str(hall.person.pk),
        *(bytes(ref).hex() for ref in CastEvent.objects.values_list("log_ref", flat=True)),
    ]
    assert [name for name in told if name in record] == []


def test_the_last_of_several_replacements_is_what_is_withdrawn():
    hall, last = Hall(), ballots_sealing.new_code()
    first, second, third = codes(hall.round)
    cast_by(hall.voter, first)
    cast_by(hall.voter, second)
    cast_by(hall.voter, third, code=last)
    cast_by(voter_of(hall.round), first)

    hall.mark()

    gone = CastEvent.objects.withdrawals().get()
    assert bytes(gone.log_ref) == _leaf(_entry(hall.round, last))
    assert _log(hall.round) == [
        ("cast", None), ("replace", None), ("replace", None), ("cast", None), ("withdraw", 3),
    ]  # fmt: skip
    hall.settle()
    # One ballot is two first entries minus one withdrawal; five entries are one casting, three castings and
    # one withdrawal.
    assert _reconciled(hall.round) == {
        "ballots": 1, "check_ins": 1, "paper_ballots": 0, "log_entries": 5, "withdrawn": 1,
    }  # fmt: skip


def test_after_the_check_in_is_cancelled_the_person_casts_a_first_ballot_which_paper_may_override_again():
    hall = Hall()
    first, second, third = codes(hall.round)
    cast_by(hall.voter, first)
    cast_by(hall.voter, second)
    hall.mark()
    hall.take_back()

    assert cast_by(hall.voter, third).kind == "cast"
    hall.mark()
    hall.take_back()
    assert cast_by(hall.voter, first).kind == "cast"

    kinds = [
        ("cast", None),
        ("replace", None),
        ("withdraw", 2),
        ("cast", None),
        ("withdraw", 1),
        ("cast", None),
    ]
    assert _log(hall.round) == kinds
    end_voting(hall.round)
    assert _reconciled(hall.round) == {
        "ballots": 1, "check_ins": 0, "paper_ballots": 0, "log_entries": 6, "withdrawn": 2,
    }  # fmt: skip


def test_after_the_close_nothing_is_withdrawn():
    hall = Hall()
    cast_by(hall.voter, codes(hall.round)[0])
    end_voting(hall.round)

    with pytest.raises(VotingClosed):
        hall.mark()
    _leave(hall.account)

    assert (BallotBox.objects.get().revision, _log(hall.round)) == (1, [("cast", None)])
    assert _reconciled(hall.round)["withdrawn"] == 0


def test_a_ballot_that_does_not_open_is_not_withdrawn():
    hall, other = Hall(), make_account()
    cast_by(hall.voter, codes(hall.round)[0])
    with triggers_asleep():
        BallotBox.objects.update(residency="outside")

    with pytest.raises(BallotDamaged):
        hall.mark()
    _leave(hall.account)
    _leave(other)

    assert BallotBox.objects.get().sealed is not None
    assert _log(hall.round) == [("cast", None)]


def test_a_ballot_cast_under_the_hash_of_an_entry_does_not_keep_that_entry_from_being_withdrawn():
    hall, code = Hall(), ballots_sealing.new_code()
    first, *_ = codes(hall.round)
    cast_by(hall.voter, first, code=code)
    hash_of_it = _leaf(_entry(hall.round, code))
    squatter = voter_of(hall.round)
    refs = ballots_sealing.references(ballots_sealing.new_code(), hall.round.slug)
    refs = ballots_sealing.References(hash_of_it, refs.ballot_ref, refs.nonce)
    fixed = ballots_sealing.commitment(
        hall.round.slug, bytes(hall.round.poll.rules_hash), refs.nonce, polls_choices.canonical({1: [first]})
    )
    ballots_services.cast(squatter, {1: [first]}, envelope=ballots_services.Envelope(refs, fixed))

    hall.mark()
    replay = ballots_services.cast(squatter, {1: [first]}, envelope=ballots_services.Envelope(refs, fixed))

    assert (replay.is_replay, replay.kind) == (True, "cast")
    assert bytes(CastEvent.objects.withdrawals().get().log_ref) == hash_of_it
    ballots_services.sequence(hall.round)
    hall.settle()
    assert _reconciled(hall.round)["ballots"] == 1
    # The code leads its voter to their own entry and its withdrawal, and not to the other ballot's.
    checked = logbook.check(hall.round, code)
    assert (checked.is_in_tree, checked.is_withdrawn) == (True, True)


# Erasing the account.


def test_t62_a_ballot_of_somebody_who_leaves_before_the_close_is_withdrawn():
    hall, code = Hall(), ballots_sealing.new_code()
    first, *_ = codes(hall.round)
    cast_by(hall.voter, first, code=code)
    cast_by(voter_of(hall.round), first)

    _leave(hall.account)

    hall.account.refresh_from_db()
    assert hall.account.erased_at is not None
    (left,) = BallotBox.objects.all()
    assert bytes(left.voter_tag) != ballots_sealing.tag(hall.round.poll.key, str(hall.person.pk))
    gone = CastEvent.objects.withdrawals().get()
    assert bytes(gone.log_ref) == _leaf(_entry(hall.round, code))
    assert turnout(hall.round).total == 1
    end_voting(hall.round)
    assert _reconciled(hall.round) == {
        "ballots": 1, "check_ins": 0, "paper_ballots": 0, "log_entries": 3, "withdrawn": 1,
    }  # fmt: skip


def test_t62_in_every_open_vote_of_every_authority_and_in_no_closed_one():
    account = make_account()
    authority, elsewhere = make_authority(), make_authority()
    rounds = [make_vote(authority=authority), make_vote(authority=authority), make_vote(authority=elsewhere)]
    closed = make_vote(authority=authority)
    for one in (authority, elsewhere):
        make_person(one, account)
    for round in (*rounds, closed):
        cast_by(voter_of(round, account), codes(round)[0])
    end_voting(closed)

    _leave(account)

    assert [_log(round) for round in rounds] == [[("cast", None), ("withdraw", 1)]] * 3
    assert _log(closed) == [("cast", None)]
    assert BallotBox.objects.get().round_id == closed.pk


def test_t62_a_check_in_stays_for_its_paper_lies_among_the_others():
    hall = Hall()
    hall.mark()

    _leave(hall.account)

    assert (BallotBox.objects.get().channel, _log(hall.round)) == ("paper", [])


def test_t62_whoever_may_not_leave_keeps_the_ballot():
    hall = Hall()
    cast_by(hall.voter, codes(hall.round)[0])
    hall.account.memberships.create(
        authority=hall.round.authority, role=Role.MODERATOR, granted_at="2026-01-01T00:00Z", grant_reason="x"
    )

    with pytest.raises(HoldsRoles):
        _leave(hall.account)

    assert BallotBox.objects.get().sealed is not None
    assert _log(hall.round) == [("cast", None)]


def test_t62_who_comes_back_has_a_first_ballot_again_and_not_with_the_old_receipt():
    hall, code = Hall(), ballots_sealing.new_code()
    first, *_ = codes(hall.round)
    cast_by(hall.voter, first, code=code)
    _leave(hall.account)
    hall.account = make_account()
    hall.person.refresh_from_db()
    hall.person.account = hall.account
    hall.person.save()

    with pytest.raises(ReceiptUsed):
        cast_by(hall.voter, first, code=code)
    assert cast_by(hall.voter, first).kind == "cast"

    end_voting(hall.round)
    assert _reconciled(hall.round)["ballots"] == 1


@pytest.mark.django_db(transaction=True)
def test_t13_the_row_versions_of_a_withdrawal_are_not_those_of_the_account_that_left():
    hall = Hall()
    cast_by(hall.voter, codes(hall.round)[0])

    _leave(hall.account)

    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text FROM ballots_castevent WHERE kind = 'withdraw'")
        (version,) = cursor.fetchone()
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [table for (table,) in cursor.fetchall()]
        beside = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE xmin::text = %s', [version])
            beside += [table] * cursor.fetchone()[0]
    assert Event.objects.filter(action=Action.ACCOUNT_ERASED).count() == 1
    assert beside == ["ballots_castevent"]


# Neither the row without the entry, nor the entry without the row.


def test_a_ballot_is_neither_emptied_nor_removed_without_an_entry():
    hall = Hall()
    cast_by(hall.voter, codes(hall.round)[0])

    _refused("DELETE FROM ballots_ballotbox", match="only after the key is destroyed")
    _refused(
        "UPDATE ballots_ballotbox SET sealed = NULL, channel = 'paper', polling_place_id = %s, revision = 2",
        hall.desk.pk,
        match="replaced as a whole",
    )


def test_a_withdrawal_is_not_written_without_a_ballot_that_leaves():
    hall = Hall()
    cast_by(hall.voter, codes(hall.round)[0])
    entry = CastEvent.objects.get()
    gone = CastEvent(
        round=hall.round,
        log_ref=_leaf(entry),
        commitment=entry.commitment,
        kind="withdraw",
        castings=1,
        recorded_on=entry.recorded_on,
    )

    with pytest.raises(DatabaseError, match="written by the box"), transaction.atomic():
        gone.save()

    assert _log(hall.round) == [("cast", None)]


def test_only_what_is_in_the_log_is_withdrawn_and_once():
    hall, code = Hall(), ballots_sealing.new_code()
    cast_by(hall.voter, codes(hall.round)[0], code=code)
    cast_by(voter_of(hall.round), codes(hall.round)[0])
    tag = hall.voter.tag
    other = bytes(BallotBox.objects.exclude(voter_tag=tag).get().voter_tag)
    log_ref = ballots_sealing.references(code, hall.round.slug).log_ref
    withdraw = "SELECT withdraw_ballot(%s, %s, %s)"

    _refused(withdraw, hall.round.pk, tag, b"x" * 32, match="only what is in the log")
    _refused(withdraw, hall.round.pk, b"t" * 32, log_ref, match="no ballot to withdraw")
    with connection.cursor() as cursor:
        cursor.execute(withdraw, [hall.round.pk, tag, log_ref])
    _refused(withdraw, hall.round.pk, tag, log_ref, match="no ballot to withdraw")
    _refused(withdraw, hall.round.pk, other, log_ref, match="ballots_castevent_withdrawn_once")
    gone = bytes(CastEvent.objects.withdrawals().get().log_ref)
    _refused(withdraw, hall.round.pk, other, gone, match="only what is in the log")
    # Naming an entry withdraws one ballot only.
    _refused("DELETE FROM ballots_ballotbox", match="only after the key is destroyed")


def test_a_withdrawal_stays_as_it_was_written():
    hall = Hall()
    cast_by(hall.voter, codes(hall.round)[0])
    hall.mark()

    for change in (
        "castings = 2",
        "castings = 2, leaf_index = 0",
        "kind = 'cast', castings = NULL, leaf_index = 0",
    ):
        _refused(
            f"UPDATE ballots_castevent SET {change} WHERE kind = 'withdraw'", match="only gets its place"
        )
    _refused("DELETE FROM ballots_castevent WHERE kind = 'withdraw'", match="of the log is refused")


@pytest.mark.parametrize(
    ("kind", "castings"), [("cast", 1), ("replace", 1), ("withdraw", None), ("withdraw", 0)]
)
def test_withdrawals_alone_say_how_often_a_ballot_was_cast(kind, castings):
    round = make_vote()
    event = CastEvent(
        round=round,
        log_ref=b"l" * 32,
        commitment=b"c" * 32,
        kind=kind,
        castings=castings,
        recorded_on="2026-01-01",
    )

    with (
        triggers_asleep(),
        pytest.raises(IntegrityError, match="withdrawals_say_how_often"),
        transaction.atomic(),
    ):
        event.save()


# Tampering behind every guard stops the close.


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            "DELETE FROM ballots_castevent WHERE kind = 'withdraw'",
            "2 of them first ballots and 0 withdrawals",
        ),
        (
            "UPDATE ballots_castevent SET castings = 2 WHERE kind = 'withdraw'",
            "1 withdrawals of ballots cast 2",
        ),
        (
            "UPDATE ballots_castevent SET log_ref = sha256('x') WHERE kind = 'withdraw'",
            "1 withdrawals name 0 entries",
        ),
        (
            "UPDATE ballots_castevent SET commitment = sha256('x') WHERE kind = 'withdraw'",
            "1 withdrawals name 0 entries",
        ),
    ],
)
def test_a_withdrawal_that_does_not_fit_stops_the_close(damage, words):
    hall = Hall()
    first, *_ = codes(hall.round)
    cast_by(voter_of(hall.round), first)
    cast_by(hall.voter, first)
    hall.mark()
    hall.settle()
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(damage)

    with pytest.raises(BoxDoesNotReconcile, match=words):
        counting_services.count(fresh(hall.round))

    assert Poll.objects.get(round=hall.round).state == "closed"


def test_a_ballot_in_the_box_that_the_log_calls_withdrawn_stops_the_close():
    hall = Hall()
    first, *_ = codes(hall.round)
    cast_by(voter_of(hall.round), first)
    cast_by(hall.voter, first)
    hall.mark()
    hall.settle()
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ballots_castevent SET (log_ref, commitment) = ("
            "  SELECT sha256('\\x00'::bytea || log_ref || commitment || convert_to(kind, 'UTF8')), commitment"
            "    FROM ballots_castevent ORDER BY id LIMIT 1) WHERE kind = 'withdraw'"
        )

    with pytest.raises(BoxDoesNotReconcile, match="a ballot in the box is withdrawn in the log"):
        counting_services.count(fresh(hall.round))

    assert Poll.objects.get(round=hall.round).state == "closed"


def test_casting_looks_receipts_up_in_the_index_of_castings():
    round = make_vote()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT 1 FROM ballots_castevent"
            " WHERE round_id = %s AND log_ref = %s AND kind <> 'withdraw'",
            [round.pk, b"x" * 32],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "ballots_castevent_one_per_receipt" in plan
    assert (
        CastEvent.objects.castings()
        .filter(round=round, log_ref=b"x" * 32)
        .explain()
        .count("ballots_castevent_one_per_receipt")
        == 1
    )
