"""Reads of the departments' work."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from authorities.models import Authority
from identity.models import Account
from proposals.lifecycle import State
from proposals.models import Proposal
from reviews.models import Review
from rounds.models import Round


def unassigned() -> QuerySet[Proposal]:
    """Return published proposals that no department has yet, though their category has a department."""
    return Proposal.objects.filter(state=State.PUBLISHED, review=None, category__department__isnull=False)


def rounds_to_assign() -> list[Round]:
    """Return the rounds in which a proposal is to be assigned. One query, over what is under review."""
    return list(Round.objects.filter(pk__in=unassigned().values("round")).order_by("pk"))


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """The size of a reviewer's list; `late` of the open reviews are overdue."""

    open: int
    late: int


def review_counts(reviewer: Account, authority: Authority, now: datetime) -> ReviewCounts:
    """Return what waits for the departments a reviewer reviews for. One query."""
    counts = (
        Review.objects.open()
        .assigned_to(reviewer, authority)
        .with_lateness(now)
        .aggregate(open=Count("pk"), late=Count("pk", filter=Q(is_late=True)))
    )
    return ReviewCounts(counts["open"], counts["late"])
