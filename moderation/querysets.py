"""Narrowing of the screening queue."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from proposals.lifecycle import State
from proposals.models import Comment

if TYPE_CHECKING:
    from authorities.models import Authority
    from moderation.models import Case  # noqa: F401 (named in the base)


class CaseQuerySet(QuerySet["Case"]):
    def waiting(self) -> CaseQuerySet:
        """Keep open cases whose text still waits as it was submitted."""
        return self.filter(
            Q(proposal__state=State.PENDING) | Q(comment__state=Comment.State.PENDING), closed_at=None
        )

    def of(self, authority: Authority) -> CaseQuerySet:
        return self.filter(authority=authority)

    def free(self, now: datetime) -> CaseQuerySet:
        """Keep what nobody holds, or held too long."""
        return self.filter(Q(claimed_until=None) | Q(claimed_until__lte=now))

    def in_queue_order(self) -> CaseQuerySet:
        """What could harm most first, then texts of old or disabled people, then what is due first."""
        return self.annotate(
            has_priority=Coalesce(
                "proposal__assistance__has_priority", "comment__assistance__has_priority", False
            )
        ).order_by("-harm", "-has_priority", "due_at", "pk")
