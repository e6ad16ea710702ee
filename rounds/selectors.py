"""Reads of a round's calendar, and of successors of a place."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rounds.models import Phase, Round


class Standing(StrEnum):
    """The status of a phase at a moment."""

    AHEAD = "ahead"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A phase and its status at the requested moment."""

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
    # Stable, so rounds of equal status keep the model's order: newest year first.
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
