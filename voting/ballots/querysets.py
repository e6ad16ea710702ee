"""Narrowing of the log to what was cast or withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

if TYPE_CHECKING:
    from voting.ballots.models import CastEvent  # noqa: F401 (named in the bases)


class CastEventQuerySet(QuerySet["CastEvent"]):
    def castings(self) -> CastEventQuerySet:
        """Keep ballots cast or replaced: only among them is a receipt's reference unique."""
        return self.exclude(kind="withdraw")

    def withdrawals(self) -> CastEventQuerySet:
        """Keep what says that a ballot was withdrawn."""
        return self.filter(kind="withdraw")
