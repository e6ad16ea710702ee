"""Narrowing of rounds, phases and areas."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from rounds.models import Area, Phase, Round  # noqa: F401 (named in the bases)


class AreaQuerySet(QuerySet["Area"]):
    def valid_on(self, day: date) -> AreaQuerySet:
        """Keep areas that exist on that day; a missing date means always."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_until=None) | Q(valid_until__gt=day)
        )

    def within(self, area: Area) -> AreaQuerySet:
        """Keep the area itself and everything below it, at any depth."""
        return self.filter(path__startswith=area.path)

    def below(self, area: Area) -> AreaQuerySet:
        """Keep what lies below the area, at any depth, without the area itself."""
        return self.within(area).exclude(pk=area.pk)


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
