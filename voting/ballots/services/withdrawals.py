"""Withdrawals: an online ballot is removed from the box before the close, and the public log says so.

It is removed if its voter then votes on paper (`voting.ballot_style.services.check_ins`), and if they have
their account erased. The entry names the one it withdraws by its hash and repeats its commitment; it says
neither whose ballot it was nor why it was removed. The database writes it together with the removal
(`sql/guard_box.sql`), so that neither exists without the other.
"""

from django.db import DatabaseError, connection, transaction

from core.db.errors import sqlstate
from identity.models import Account
from identity.verification.models import Person
from rounds import locks
from voting.ballots import sealing
from voting.ballots.exceptions import BallotDamaged
from voting.ballots.models import BallotBox
from voting.ballots.selectors import unseal_row
from voting.polls import keys
from voting.polls.exceptions import VotingClosed
from voting.polls.models import Poll

# SQLSTATE: `voting_is_open` said no.
_NOT_OPEN = "VB001"


def withdraw_ballot(round_id: int, key: keys.RoundKey, voter_tag: bytes) -> bool:
    """Remove the sealed ballot under a tag from the box; return if there was one.

    Part of the caller's transaction; until it ends nobody else casts under the tag. Raises VotingClosed,
    BallotDamaged. Two statements.
    """
    assert connection.in_atomic_block
    # Held before it is opened: a replacement in between would leave the log without the right entry.
    row = (
        BallotBox.objects.select_for_update()
        .filter(round_id=round_id, voter_tag=voter_tag, sealed__isnull=False)
        .first()
    )
    if row is None:
        return False
    ballot = unseal_row(key, row)
    if ballot is None:
        raise BallotDamaged()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT withdraw_ballot(%s, %s, %s)", [round_id, voter_tag, ballot.references.log_ref]
            )
    except DatabaseError as error:
        if sqlstate(error) == _NOT_OPEN:
            raise VotingClosed() from error
        raise
    return True


def withdraw_ballots(account: Account) -> None:
    """Withdraw the ballots an account's holder has cast in votes that are still open. Check-ins stay.

    Writes no audit event, and commits each round by itself: anything that names the account in the same
    transaction would reveal which entry of the log was theirs. Call it outside a transaction. A ballot whose
    seal is broken stays, and stops the close. Raises KeyUnavailable.
    """
    for person in Person.objects.filter(account=account).order_by("pk"):
        polls = Poll.objects.filter(
            state=Poll.State.FROZEN, is_loading=False, round__authority=person.authority_id
        )
        for poll in polls.order_by("pk"):
            _withdraw_if_open(poll, str(person.pk))


def _withdraw_if_open(poll: Poll, person_id: str) -> None:
    try:
        with transaction.atomic():
            locks.lock_calendar_shared(poll.pk)
            key = poll.key
            withdraw_ballot(poll.pk, key, sealing.tag(key, person_id))
    except (VotingClosed, BallotDamaged):
        return
