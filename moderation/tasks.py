"""Sweeps of the screening queue; a view may hurry them with `delay_on_commit`."""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef

from core.sweeps import sweep
from moderation import services
from moderation.models import Case
from proposals.lifecycle import State
from proposals.models import Comment, Proposal

# One run stays far below the broker's visibility timeout; what is left waits for the next minute.
MOST_A_RUN = 500


@sweep("moderation.tasks.screen_due", every=timedelta(seconds=30))
def screen_due() -> int:
    """Open a case for each text that waits without one, and close those of withdrawn texts."""
    submissions = Case.objects.filter(proposal=OuterRef("pk"), version=OuterRef("version"))
    for proposal in Proposal.objects.filter(~Exists(submissions), state=State.PENDING).order_by(
        "submitted_at"
    )[:MOST_A_RUN]:
        services.open_case(proposal)
    for comment in Comment.objects.filter(state=Comment.State.PENDING, case=None).order_by("posted_at")[
        :MOST_A_RUN
    ]:
        services.open_case(comment)
    open_cases = Case.objects.filter(closed_at=None)
    gone = open_cases.filter(proposal__isnull=False).exclude(
        proposal__state=State.PENDING, version=F("proposal__version")
    )
    for case in gone[:MOST_A_RUN]:
        services.lapse(case)
    return Case.objects.filter(closed_at=None).count()
