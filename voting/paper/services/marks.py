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
from rounds.models import Act, Participation, Round
from voting.ballots import sealing
from voting.ballots.exceptions import OutsideNotAllowed
from voting.ballots.models import BallotBox
from voting.ballots.services import ready_poll, withdraw_ballot
from voting.paper.exceptions import (
    BatchFinished,
    DeskKnown,
    DeskNotFinished,
    DeskSettled,
    MarkedAlready,
    MarkIsUsed,
    NotMarked,
    VotedOnline,
)
from voting.paper.models import PaperBatch, PaperDesk, WithdrawnMark
from voting.polls import frozen
from voting.polls.exceptions import StillOpen, VotingClosed
from voting.polls.models import Poll, RuleSet
from voting.polls.services.clerks import require_clerk

# SQLSTATEs of the box: voting is not open; as many papers are keyed as people were marked.
_NOT_OPEN = "VB001"
_MORE_THAN_MARKS = "VB003"


@transaction.atomic
def open_desk(round: Round, name: str, *, actor: Account) -> PaperDesk:
    """Set up a polling place. Raises NotPermitted, DeskKnown, BatchFinished."""
    require_clerk(actor, round.authority)
    locks.share(round.pk)
    if Poll.objects.filter(round=round).exclude(state__in=_PAPER_STATES).exists():
        raise BatchFinished()
    try:
        with transaction.atomic():
            desk = PaperDesk.objects.create(round=round, name=name.strip())
    except IntegrityError as error:
        raise DeskKnown() from error
    record(Action.PAPER_DESK_OPENED, desk, actor=actor, authority=round.authority)
    return desk


# While the vote is in one of these, paper may change.
_PAPER_STATES = (Poll.State.DRAFTED, Poll.State.FROZEN, Poll.State.CLOSED)


@transaction.atomic
def mark_paper(desk: PaperDesk, person: Person, *, actor: Account, overrides: bool = False) -> None:
    """Check a person in to vote on paper, before they get a ballot. From then on they cannot vote online.

    With `overrides` their online ballot is permanently withdrawn; otherwise it prevents the check-in. Raises
    NotPermitted, NotForOneself, DeskSettled, NotReady, OutsideNotAllowed, VotedOnline, MarkedAlready,
    VotingClosed, BallotDamaged, KeyUnavailable and the refusals of `require_entitled`. Of two check-ins, or
    of a check-in and an online ballot at the same time, the first one counts.
    """
    round, tag = _round_and_tag(desk, person, actor)
    if desk.settled_at is not None:
        raise DeskSettled()
    has_overridden = overrides and withdraw_ballot(round.pk, round.poll.key, tag)
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "INSERT INTO ballots_ballotbox"
                " (round_id, voter_tag, channel, participation, area_id, age_group, desk_id, revision)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, 1) ON CONFLICT (round_id, voter_tag) DO NOTHING",
                [
                    round.pk,
                    tag,
                    Channel.PAPER,
                    person.participation,
                    person.area_id,
                    person.age_group,
                    desk.pk,
                ],
            )
        except DatabaseError as error:
            if sqlstate(error) == _NOT_OPEN:
                raise VotingClosed() from error
            raise
        is_marked = cursor.rowcount == 1
    if not is_marked:
        has_voted = BallotBox.objects.filter(
            round_id=round.pk, voter_tag=tag, sealed__isnull=False
        ).exists()  # fmt: skip
        raise VotedOnline() if has_voted else MarkedAlready()
    # So that a clerk who withdraws ballots nobody asked them to withdraw is seen to do it often.
    details = {"overrides": True} if has_overridden else {}
    record(Action.PAPER_MARKED, desk, actor=actor, authority=round.authority, round=round, **details)


@transaction.atomic
def withdraw_mark(desk: PaperDesk, person: Person, *, reason: str, actor: Account) -> None:
    """Take back a mark made at this desk, so that the person may vote in another way.

    Only while voting is open and fewer papers of the desk, and of the person's area, are keyed than people
    were marked. Raises
    NotPermitted, NotForOneself, ReasonNeeded, VotingClosed, NotMarked, MarkIsUsed.
    """
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded()
    round, tag = _round_and_tag(desk, person, actor)
    mark = BallotBox.objects.filter(round_id=round.pk, voter_tag=tag, sealed=None, desk=desk)
    if not mark.exists():
        raise NotMarked()
    WithdrawnMark.objects.create(
        desk=desk, mark=hashlib.sha256(tag).digest(), reason=reason, withdrawn_by=actor
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT take_mark_back(%s, %s, %s)", [round.pk, tag, desk.pk])
    except DatabaseError as error:
        if sqlstate(error) == _MORE_THAN_MARKS:
            raise MarkIsUsed() from error
        raise
    record(Action.PAPER_MARK_WITHDRAWN, desk, actor=actor, authority=round.authority)


def _round_and_tag(desk: PaperDesk, person: Person, actor: Account) -> tuple[Round, bytes]:
    """Return the desk's round, open and held open, and the person's tag in it."""
    round = Round.objects.select_related("authority", "poll").get(pk=desk.round_id)
    require_clerk(actor, round.authority)
    if person.account_id == actor.pk:
        raise NotForOneself()
    locks.share(round.pk)
    now = db_clock.database_clock()
    poll = ready_poll(round)
    phase = round.phases.filter(kind="voting").first()
    if phase is None or not phase.is_open(now) or poll.state != Poll.State.FROZEN:
        raise VotingClosed()
    require_entitled(round, person, Act.VOTE, now=now)
    outside = frozen.read(poll.rules).outside
    if person.participation == Participation.OUTSIDE and outside == RuleSet.Outside.NOT_ALLOWED:
        raise OutsideNotAllowed()
    return round, sealing.tag(poll.key, str(person.pk))


@transaction.atomic
def settle_desk(desk: PaperDesk, *, actor: Account) -> None:
    """Declare that every ballot of a polling place is in a finished batch. Repeating it changes nothing.

    Raises NotPermitted, StillOpen while voting is, DeskNotFinished while entries do not match.
    """
    desk = PaperDesk.objects.select_for_update().select_related("round__authority").get(pk=desk.pk)
    require_clerk(actor, desk.round.authority)
    if desk.settled_at is not None:
        return
    now = db_clock.database_clock()
    if not desk.round.phases.get(kind="voting").has_closed(now):
        raise StillOpen()
    finished = (PaperBatch.State.AGREED, PaperBatch.State.WITHDRAWN)
    if desk.batches.exclude(state__in=finished).exists():
        raise DeskNotFinished()
    desk.settled_at = now
    desk.settled_by = actor
    desk.save(update_fields=["settled_at", "settled_by"])
    record(Action.PAPER_DESK_SETTLED, desk, actor=actor, authority=desk.round.authority)
