"""Narrowing of rounds, phases and areas."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

if TYPE_CHECKING:
    from rounds.models import Phase, Round  # noqa: F401 (named in the bases)


class RoundQuerySet(QuerySet["Round"]):
    def published(self) -> RoundQuerySet:
        return self.filter(published_at__isnull=False)

    def at(self, authority_slug: str, round_slug: str) -> RoundQuerySet:
        """Keep the published round with this address, its authority and area loaded with it."""
        return (
            self.published()
            .filter(authority__slug=authority_slug, slug=round_slug)
            .select_related("authority__area")
        )


class PhaseQuerySet(QuerySet["Phase"]):
    def open_at(self, now: datetime) -> PhaseQuerySet:
        return self.filter(opens_at__lte=now, closes_at__gt=now)
