"""What a round's calendar says, and what became of a place."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Q

from rounds.models import Area, Phase, Round


class Standing(StrEnum):
    """Where a phase stands at a moment."""

    AHEAD = "ahead"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A phase and where it stands at the moment asked for."""

    phase: Phase
    standing: Standing


def calendar(round: Round, now: datetime) -> list[CalendarEntry]:
    """Return the round's phases in order of time, each with its standing at `now`. One query."""
    entries = []
    for phase in round.phases.all():
        if phase.is_open(now):
            standing = Standing.OPEN
        else:
            standing = Standing.OVER if phase.has_closed(now) else Standing.AHEAD
        entries.append(CalendarEntry(phase, standing))
    return entries


@dataclass(frozen=True, slots=True)
class RoundAtAGlance:
    """A published round, the phase that is open, and the next one if none is."""

    round: Round
    current: Phase | None
    coming: Phase | None


def rounds_at_a_glance(now: datetime) -> list[RoundAtAGlance]:
    """Return every published round: by authority; there what is open, then coming, then over, newest first.

    What residents can act in comes before what they wait for: the vote, then the call for proposals.
    Two queries. Of phases that are open at once, the one that closes first is `current`.
    """
    glances = []
    for round in Round.objects.published().select_related("authority").prefetch_related("phases"):
        phases = list(round.phases.all())
        current = min((p for p in phases if p.is_open(now)), key=lambda p: p.closes_at, default=None)
        coming = min((p for p in phases if p.opens_at > now), key=lambda p: p.opens_at, default=None)
        glances.append(RoundAtAGlance(round, current, None if current else coming))
    # Stable, so rounds that stand alike keep the model's order: the newest year first.
    return sorted(
        glances,
        key=lambda g: (g.round.authority.slug, not g.current, _urgency(g.current), not g.coming),
    )


def _urgency(phase: Phase | None) -> int:
    first = [Phase.Kind.VOTING, Phase.Kind.SUBMISSION]
    return first.index(Phase.Kind(phase.kind)) if phase and phase.kind in first else len(first)


def open_phase(round: Round, kind: Phase.Kind, now: datetime) -> Phase | None:
    """Return the phase of that kind if it is open at `now`, else None. One query."""
    return round.phases.open_at(now).filter(kind=kind).first()


def areas_in_place_of(area: Area, day: date) -> list[Area]:
    """Return the area itself if it exists on that day, else those that took its place, by code.

    None where nothing did. One query for each reorganisation in between.
    """
    found: dict[int, Area] = {}
    waiting = [area]
    while waiting:
        found.update({each.pk: each for each in waiting if each.exists_on(day)})
        gone = [each.pk for each in waiting if each.valid_until is not None and each.valid_until <= day]
        waiting = list(Area.objects.filter(earlier__predecessor__in=gone).distinct()) if gone else []
    return sorted(found.values(), key=lambda each: each.code)


def sole_area_in_place_of(area: Area, day: date) -> Area | None:
    """Return the area itself if it exists on that day, else the one that took its place.

    None where several did, since which of them is not ours to guess, or none did. No query for an area
    without an end.
    """
    if area.valid_until is None or area.exists_on(day):
        return area
    found = areas_in_place_of(area, day)
    return found[0] if len(found) == 1 else None


def ids_of_place(code: str, country: str) -> set[int]:
    """Return the ids of the places that had this official code, with all that `areas_with_history` adds.

    Empty where no place had it. One query, and what `areas_with_history` needs for each.
    """
    found: set[int] = set()
    for area in Area.objects.filter(code=code, country=country):
        found |= areas_with_history(area)
    return found


def areas_with_history(area: Area) -> set[int]:
    """Return the ids of the area, of what lies below it, and of all whose place these have taken.

    What was written about a place stays found under the one that took it over. One query for each
    reorganisation on the way back, and one more.
    """
    found: set[int] = set()
    waiting = [area]
    while waiting:
        lies_in = Q()
        for each in waiting:
            lies_in |= Q(path__startswith=each.path)
        found.update(Area.objects.filter(lies_in).values_list("pk", flat=True))
        waiting = list(Area.objects.filter(later__successor__in=found).exclude(pk__in=found).distinct())
    return found
