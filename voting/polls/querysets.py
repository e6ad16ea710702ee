"""Narrowing of polls to what is due."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from voting.polls.models import Poll  # noqa: F401 (named in the bases)


class PollQuerySet(QuerySet["Poll"]):
    def due_to_count(self, now: datetime) -> PollQuerySet:
        """Keep votes whose phase is over and that have no stored result; not one that is being loaded."""
        return self.filter(
            state__in=["frozen", "closed", "reconciled"],
            is_loading=False,
            round__phases__kind="voting",
            round__phases__closes_at__lte=now,
        )

    def with_open_log(self) -> PollQuerySet:
        """Keep votes whose log may still have to grow: ballots are cast, or it was never signed."""
        return self.filter(Q(state="frozen") | Q(round__checkpoints=None)).exclude(state="drafted")

    def published(self) -> PollQuerySet:
        """Keep votes whose counted ballots are public."""
        return self.filter(state__in=["published", "key_destroyed"])
