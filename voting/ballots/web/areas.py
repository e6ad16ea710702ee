"""Map of a ballot's projects: areas drawn at their coordinates, or listed if these are unknown.

Drawn here as SVG, so that no third party learns who looks at which map.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from core.i18n import localize
from places.models import Area
from voting.ballots.web.places import Place
from voting.ballots.web.selection import Selection, address
from voting.polls.ruleset import FrozenBallotStyle, codes_of

# The width of the drawing, and what is kept free at its edges, in its own units.
_WIDTH = 640
_EDGE = 48


@dataclass(frozen=True, slots=True)
class AreaSpot:
    """An area and how many projects it has. `x`, `y`, `radius` are of the drawing; 0 where not drawn."""

    name: str
    url: str
    projects: int
    chosen: int
    x: int = 0
    y: int = 0
    radius: int = 0


@dataclass(frozen=True, slots=True)
class AreasMap:
    """Areas that are drawn, from north to south; and all of them by name, after projects of no one area."""

    width: int
    height: int
    drawn: Sequence[AreaSpot]
    listed: Sequence[AreaSpot]


def areas_map(place: Place, ballot_style: FrozenBallotStyle, selection: Selection) -> AreasMap:
    """Return the areas of the paper's projects. Areas are drawn only at coordinates they have. One query."""
    assert place.rules is not None
    projects = Counter(option.area for option in ballot_style.options.values() if option.area)
    chosen = Counter(
        ballot_style.options[code].area
        for code in codes_of(selection.entries)
        if code in ballot_style.options
    )
    rows = Area.objects.within(place.round.authority.area).filter(
        code__in=list(projects), latitude__isnull=False, longitude__isnull=False
    )
    where = {row.code: (float(row.latitude), float(row.longitude)) for row in rows}  # type: ignore[arg-type]
    places, height = _drawn_at(where)
    base = f"{address('ballot', place)}?paper={ballot_style.number}&area="
    spots = {
        code: AreaSpot(
            localize(place.rules.areas[code]),
            f"{base}{code}#projects",
            n,
            chosen[code],
            *places.get(code, (0, 0)),
            radius=min(12 + round(4 * math.sqrt(n)), 34) if code in places else 0,
        )
        for code, n in projects.items()
    }
    drawn = sorted((spots[code] for code in places), key=lambda spot: (spot.y, spot.x))
    listed = sorted(spots.values(), key=lambda spot: spot.name)
    everywhere = sum(not option.area for option in ballot_style.options.values())
    if everywhere:
        listed.insert(0, AreaSpot(gettext("For the whole area"), f"{base}-#projects", everywhere, chosen[""]))
    return AreasMap(_WIDTH, height, drawn, listed)


def _drawn_at(where: dict[str, tuple[float, float]]) -> tuple[dict[str, tuple[int, int]], int]:
    """Project degrees to the drawing, north up; return places by code, and the drawing's height.

    A degree of longitude is shortened by the cosine of the middle latitude: true enough for one city.
    """
    if not where:
        return {}, 0
    south, north = min(lat for lat, _lon in where.values()), max(lat for lat, _lon in where.values())
    west, east = min(lon for _lat, lon in where.values()), max(lon for _lat, lon in where.values())
    shortened = math.cos(math.radians((south + north) / 2))
    wide, high = (east - west) * shortened, north - south
    inner = _WIDTH - 2 * _EDGE
    scale = inner / max(wide, high, 1e-9)
    offset = (inner - wide * scale) / 2
    places = {
        code: (
            round(_EDGE + offset + (lon - west) * shortened * scale),
            round(_EDGE + (north - lat) * scale),
        )
        for code, (lat, lon) in where.items()
    }
    return places, round(2 * _EDGE + high * scale)
