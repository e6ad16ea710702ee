"""Check-ins: people who vote on paper, under the same key of the box that keeps one ballot per person.

Paper overrides: people who have voted online can still get a paper ballot, and the online ballot is
withdrawn, openly.

Unlike a cast, a check-in is recorded together with the clerk: it says that a person has voted, which is known
at any polling place, and nothing about the content of the ballot, which nobody links with the person.
"""

import hashlib

from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.actions import Action
from audit.services import record
from core.db import clock as db_clock
from core.db.errors import sqlstate
from identity.exceptions import NotForOneself, ReasonNeeded
from identity.models import Account
from identity.verification.models import Person
from identity.verification.selectors import require_entitled
from proposals.models import Channel
from rounds import locks
from rounds.models import Act, Residency, Round
from voting.ballots import sealing
from voting.ballots.exceptions import OutsideNotAllowed
from voting.ballots.models import BallotBox
from voting.ballots.services import ready_poll, withdraw_ballot
from voting.paper.exceptions import (
    AlreadyCheckedIn,
    BatchFinished,
    CheckInIsUsed,
    NotCheckedIn,
    PollingPlaceExists,
    PollingPlaceNotFinished,
    PollingPlaceSettled,
    VotedOnline,
)
from voting.paper.models import BallotBatch, CancelledCheckIn, PollingPlace
from voting.polls import ruleset
from voting.polls.exceptions import StillOpen, VotingClosed
from voting.polls.models import Poll, RuleSet
from voting.polls.services.clerks import require_clerk

# SQLSTATEs of the box: voting is not open; as many papers are keyed as people were marked.
_NOT_OPEN = "VB001"
_MORE_THAN_CHECK_INS = "VB003"


@transaction.atomic
def open_polling_place(round: Round, name: str, *, actor: Account) -> PollingPlace:
    """Set up a polling place. Raises NotPermitted, PollingPlaceExists, BatchFinished."""
    require_clerk(actor, round.authority)
    locks.lock_calendar_shared(round.pk)
    if Poll.objects.filter(round=round).exclude(state__in=_STATES_FOR_PAPER).exists():
        raise BatchFinished()
    try:
        with transaction.atomic():
            polling_place = PollingPlace.objects.create(round=round, name=name.strip())
    except IntegrityError as error:
        raise PollingPlaceExists() from error
    record(Action.POLLING_PLACE_OPENED, polling_place, actor=actor, authority=round.authority)
    return polling_place


# While the vote is in one of these, paper may change.
_STATES_FOR_PAPER = (Poll.State.DRAFTED, Poll.State.FROZEN, Poll.State.CLOSED)


@transaction.atomic
def check_in(polling_place: PollingPlace, person: Person, *, actor: Account, overrides: bool = False) -> None:
    """Check a person in to vote on paper, before they get a ballot. From then on they cannot vote online.

    With `overrides` their online ballot is permanently withdrawn; otherwise it prevents the check-in. Raises
    NotPermitted, NotForOneself, PollingPlaceSettled, NotReady, OutsideNotAllowed, VotedOnline,
    AlreadyCheckedIn, VotingClosed, BallotDamaged, KeyUnavailable and the refusals of `require_entitled`. Of
    two check-ins, or of a check-in and an online ballot at the same time, the first one counts.
    """
    round, tag = _round_and_tag(polling_place, person, actor)
    if polling_place.settled_at is not None:
        raise PollingPlaceSettled()
    has_overridden = overrides and withdraw_ballot(round.pk, round.poll.key, tag)
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "INSERT INTO ballots_ballotbox"
                " (round_id, voter_tag, channel, residency, area_id, age_group, polling_place_id, revision)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, 1) ON CONFLICT (round_id, voter_tag) DO NOTHING",
                [
                    round.pk,
                    tag,
                    Channel.PAPER,
                    person.residency,
                    person.area_id,
                    person.age_group,
                    polling_place.pk,
                ],
            )
        except DatabaseError as error:
            if sqlstate(error) == _NOT_OPEN:
                raise VotingClosed() from error
            raise
        is_checked_in = cursor.rowcount == 1
    if not is_checked_in:
        has_voted = BallotBox.objects.filter(
            round_id=round.pk, voter_tag=tag, sealed__isnull=False
        ).exists()  # fmt: skip
        raise VotedOnline() if has_voted else AlreadyCheckedIn()
    # So that a clerk who withdraws ballots nobody asked them to withdraw is seen to do it often.
    details = {"overrides": True} if has_overridden else {}
    record(
        Action.PERSON_CHECKED_IN,
        polling_place,
        actor=actor,
        authority=round.authority,
        round=round,
        **details,
    )


@transaction.atomic
def cancel_check_in(polling_place: PollingPlace, person: Person, *, reason: str, actor: Account) -> None:
    """Take back a mark made at this desk, so that the person may vote in another way.

    Only while voting is open and fewer papers of the desk, and of the person's area, are keyed than people
    were marked. Raises
    NotPermitted, NotForOneself, ReasonNeeded, VotingClosed, NotCheckedIn, CheckInIsUsed.
    """
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded()
    round, tag = _round_and_tag(polling_place, person, actor)
    check_in = BallotBox.objects.filter(
        round_id=round.pk, voter_tag=tag, sealed=None, polling_place=polling_place
    )
    if not check_in.exists():
        raise NotCheckedIn()
    CancelledCheckIn.objects.create(
        polling_place=polling_place, check_in=hashlib.sha256(tag).digest(), reason=reason, withdrawn_by=actor
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT cancel_check_in(%s, %s, %s)", [round.pk, tag, polling_place.pk])
    except DatabaseError as error:
        if sqlstate(error) == _MORE_THAN_CHECK_INS:
            raise CheckInIsUsed() from error
        raise
    record(Action.CHECK_IN_CANCELLED, polling_place, actor=actor, authority=round.authority)


def _round_and_tag(polling_place: PollingPlace, person: Person, actor: Account) -> tuple[Round, bytes]:
    """Return the desk's round, open and held open, and the person's tag in it."""
    round = Round.objects.select_related("authority", "poll").get(pk=polling_place.round_id)
    require_clerk(actor, round.authority)
    if person.account_id == actor.pk:
        raise NotForOneself()
    locks.lock_calendar_shared(round.pk)
    now = db_clock.database_clock()
    poll = ready_poll(round)
    phase = round.phases.filter(kind="voting").first()
    if phase is None or not phase.is_open(now) or poll.state != Poll.State.FROZEN:
        raise VotingClosed()
    require_entitled(round, person, Act.VOTE, now=now)
    outside = ruleset.read(poll.rules).outside
    if person.residency == Residency.OUTSIDE and outside == RuleSet.Outside.NOT_ALLOWED:
        raise OutsideNotAllowed()
    return round, sealing.tag(poll.key, str(person.pk))


@transaction.atomic
def settle_polling_place(polling_place: PollingPlace, *, actor: Account) -> None:
    """Declare that every ballot of a polling place is in a finished batch. Repeating it changes nothing.

    Raises NotPermitted, StillOpen while voting is, PollingPlaceNotFinished while entries do not match.
    """
    polling_place = (
        PollingPlace.objects.select_for_update().select_related("round__authority").get(pk=polling_place.pk)
    )
    require_clerk(actor, polling_place.round.authority)
    if polling_place.settled_at is not None:
        return
    now = db_clock.database_clock()
    if not polling_place.round.phases.get(kind="voting").has_closed(now):
        raise StillOpen()
    finished = (BallotBatch.State.AGREED, BallotBatch.State.WITHDRAWN)
    if polling_place.batches.exclude(state__in=finished).exists():
        raise PollingPlaceNotFinished()
    polling_place.settled_at = now
    polling_place.settled_by = actor
    polling_place.save(update_fields=["settled_at", "settled_by"])
    record(Action.POLLING_PLACE_SETTLED, polling_place, actor=actor, authority=polling_place.round.authority)
