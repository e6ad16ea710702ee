"""Progress of adopted projects."""

from django.db import transaction

from audit.actions import Action
from audit.services import record
from identity.models import Account
from proposals.exceptions import WrongState
from proposals.models import Milestone, Proposal
from proposals.services.status_changes import lock
from rounds.services import lock_calendar_and_read_clock


@transaction.atomic
def report_progress(
    proposal: Proposal, *, progress: Milestone.Progress | str, note: str, actor: Account | None
) -> Milestone:
    """Add the progress of an adopted project, as of now. Raises WrongState for one not adopted."""
    now = lock_calendar_and_read_clock(proposal.round)
    proposal = lock(proposal)
    if not proposal.is_adopted:
        raise WrongState()
    milestone = Milestone.objects.create(
        proposal=proposal, progress=progress, note=note.strip(), reported_at=now, reported_by=actor
    )
    record(
        Action.PROGRESS_REPORTED,
        proposal,
        actor=actor,
        authority=proposal.round.authority,
        progress=str(progress),
    )
    return milestone
