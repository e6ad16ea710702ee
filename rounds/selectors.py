"""What a round's calendar says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rounds.models import Phase, Round


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


def open_phase(round: Round, kind: Phase.Kind, now: datetime) -> Phase | None:
    """Return the phase of that kind if it is open at `now`, else None. One query."""
    return round.phases.open_at(now).filter(kind=kind).first()
