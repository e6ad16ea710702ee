"""Narrowing of areas."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

if TYPE_CHECKING:
    from places.models import Area
    from rounds.models import Phase, Round  # noqa: F401 (named in the bases)


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
