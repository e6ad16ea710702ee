"""Making a device a kiosk, and ending that. Only the device knows that it is one; the record, who did it."""

from datetime import datetime

from django.db import transaction

from audit.actions import Action
from audit.services import record
from core.db import clock as locks
from identity.models import Account
from rounds.models import Round
from voting.polls.exceptions import VotingClosed
from voting.polls.models import Poll
from voting.polls.services import require_clerk


@transaction.atomic
def start_kiosk(round: Round, *, actor: Account) -> datetime:
    """Record that a clerk makes a device a kiosk; return when that ends: with the vote.

    Raises NotPermitted, VotingClosed unless voting is open.
    """
    require_clerk(actor, round.authority)
    phase = round.phases.filter(kind="voting").first()
    is_frozen = Poll.objects.filter(round=round, state=Poll.State.FROZEN).exists()
    if phase is None or not is_frozen or not phase.is_open(locks.database_clock()):
        raise VotingClosed()
    record(Action.KIOSK_STARTED, round, actor=actor, authority=round.authority)
    return phase.closes_at


@transaction.atomic
def end_kiosk(round: Round, *, actor: Account) -> None:
    """Record that a clerk makes a kiosk an ordinary device again. Raises NotPermitted."""
    require_clerk(actor, round.authority)
    record(Action.KIOSK_ENDED, round, actor=actor, authority=round.authority)
