"""Keeping a vote open longer than its frozen rules say: asked for by one official, approved by another."""

from datetime import datetime

from django.db import IntegrityError, transaction

from audit.actions import Action
from audit.services import record
from core.db import clock as db_clock
from core.exceptions import NotPermitted
from identity.exceptions import ReasonNeeded
from identity.models import Account
from identity.roles import Permission
from rounds import locks
from rounds.models import Phase, Round
from rounds.services import reschedule_phase
from voting.polls.exceptions import (
    ExtensionApproved,
    ExtensionMustBeLater,
    ExtensionWaits,
    NeedsAnotherOfficial,
    VotingClosed,
)
from voting.polls.models import Extension, Poll


@transaction.atomic
def request_extension(round: Round, *, closes_at: datetime, reason: str, actor: Account) -> Extension:
    """Ask that voting closes later, with the reason that voters will read. Nothing changes until approved.

    Raises NotPermitted, ReasonNeeded, VotingClosed unless voting is open, ExtensionMustBeLater,
    ExtensionWaits while another request does.
    """
    phase, now = _open_phase(round, actor)
    if not reason.strip():
        raise ReasonNeeded()
    if closes_at <= phase.closes_at:
        raise ExtensionMustBeLater()
    try:
        with transaction.atomic():
            extension = Extension.objects.create(
                round=round,
                closes_before=phase.closes_at,
                closes_at=closes_at,
                reason=reason.strip(),
                requested_by=actor,
                requested_at=now,
            )
    except IntegrityError as error:
        raise ExtensionWaits() from error
    record(
        Action.EXTENSION_REQUESTED,
        extension,
        actor=actor,
        authority=round.authority,
        before=phase.closes_at.isoformat(),
        after=closes_at.isoformat(),
    )
    return extension


@transaction.atomic
def approve_extension(extension: Extension, *, actor: Account) -> Extension:
    """Approve another official's request: from now on voting closes at the later time.

    Of this and the close, the first one wins. Approving twice changes nothing. Raises NotPermitted,
    VotingClosed, NeedsAnotherOfficial.
    """
    round = Round.objects.select_related("authority").get(pk=extension.round_id)
    phase, now = _open_phase(round, actor)
    extension = Extension.objects.select_for_update().get(pk=extension.pk)
    if extension.is_approved:
        return extension
    if extension.is_asked_by(actor):
        raise NeedsAnotherOfficial()
    extension.approved_by = actor
    extension.approved_at = now
    extension.save(update_fields=["approved_by", "approved_at"])
    record(
        Action.EXTENSION_APPROVED,
        extension,
        actor=actor,
        authority=round.authority,
        before=extension.closes_before.isoformat(),
        after=extension.closes_at.isoformat(),
    )
    reschedule_phase(
        round, Phase.Kind.VOTING, opens_at=phase.opens_at, closes_at=extension.closes_at, actor=actor
    )
    return extension


@transaction.atomic
def withdraw_extension(extension: Extension, *, actor: Account) -> None:
    """Take back a request that nobody has approved. Raises NotPermitted, ExtensionApproved."""
    extension = (
        Extension.objects.select_for_update(of=("self",))
        .select_related("round__authority")
        .get(pk=extension.pk)
    )
    if not actor.has_perm(Permission.CLOSE_VOTE, extension.round.authority):
        raise NotPermitted()
    if extension.is_approved:
        raise ExtensionApproved()
    record(Action.EXTENSION_WITHDRAWN, extension, actor=actor, authority=extension.round.authority)
    extension.delete()


def _open_phase(round: Round, actor: Account) -> tuple[Phase, datetime]:
    """Keep casts and the close out, and return the voting phase if it is open, with the time."""
    if not actor.has_perm(Permission.CLOSE_VOTE, round.authority):
        raise NotPermitted()
    locks.lock_calendar_exclusive(round.pk)
    now = db_clock.database_clock()
    phase = Phase.objects.filter(round=round, kind=Phase.Kind.VOTING).first()
    is_frozen = Poll.objects.filter(round=round, state=Poll.State.FROZEN).exists()
    if phase is None or not is_frozen or not phase.is_open(now):
        raise VotingClosed()
    return phase, now
