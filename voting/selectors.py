"""Reads about the vote that answer with plain values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count

from rounds.models import Area, Participation, Phase, Round
from voting import frozen, keys, publication, sealing
from voting.models import BallotBox, FinalBallot, Poll, Tally

# A turnout cell of fewer people is merged with others before it is shown.
SMALLEST_CELL = 10


class Standing(StrEnum):
    """Where a round's vote stands for somebody who wants to vote."""

    NOT_READY = "not_ready"
    AHEAD = "ahead"
    OPEN = "open"
    CLOSED = "closed"


def standing(round: Round, now: datetime) -> tuple[Standing, Phase | None]:
    """Return where the vote stands at `now`, and its phase; `round` comes with its poll. One query."""
    phase = round.phases.filter(kind=Phase.Kind.VOTING).first()
    poll: Poll | None = getattr(round, "poll", None)
    if phase is not None and phase.has_closed(now):
        return Standing.CLOSED, phase
    if phase is None or poll is None or not poll.is_frozen:
        return Standing.NOT_READY, phase
    if poll.state != Poll.State.FROZEN:
        return Standing.CLOSED, phase
    return (Standing.OPEN if phase.is_open(now) else Standing.AHEAD), phase


@dataclass(frozen=True, slots=True)
class StoredBallot:
    """What lies in the box for a voter. `ballot` is None on a paper mark and where the seal is broken."""

    ballot: sealing.OpenBallot | None
    revision: int
    is_paper: bool

    @property
    def is_damaged(self) -> bool:
        """Whether something is stored that the round's key does not open."""
        return self.ballot is None and not self.is_paper

    @property
    def choices(self) -> dict[int, list[sealing.Entry]]:
        return sealing.parse(self.ballot.choices) if self.ballot else {}


def stored_ballot(round: Round, key: keys.RoundKey, voter_tag: bytes) -> StoredBallot | None:
    """Return what is stored for a voter, opened from its row; None if they have not voted. One query."""
    row = BallotBox.objects.filter(round_id=round.pk, voter_tag=voter_tag).first()
    if row is None:
        return None
    if row.sealed is None:
        return StoredBallot(None, row.revision, is_paper=True)
    return StoredBallot(open_row(key, row), row.revision, is_paper=False)


def open_row(key: keys.RoundKey, row: BallotBox) -> sealing.OpenBallot | None:
    """Open one row of the box; None if it was altered, moved, or sealed with another key."""
    assert row.sealed is not None
    traits = sealing.Traits(row.participation, row.area_id, row.age_group, row.channel)
    try:
        return sealing.unseal(
            key, bytes(row.sealed), round_id=row.round_id, voter_tag=bytes(row.voter_tag), traits=traits
        )
    except sealing.CannotOpen:
        return None


@dataclass(frozen=True, slots=True)
class Cell:
    """Ballots of one group. `label` is a code of area, age band or channel; None for merged small cells."""

    label: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many ballots are in the box, in all and by group; nothing about what is in them."""

    total: int
    by_area: Sequence[Cell]
    by_age_group: Sequence[Cell]
    by_channel: Sequence[Cell]
    by_participation: Sequence[Cell]
    # Names of the areas by code.
    areas: Mapping[str, Mapping[str, str]]


def turnout(round: Round) -> Turnout:
    """Return how many have voted so far, with cells of fewer than `SMALLEST_CELL` merged. Two queries."""
    rows = list(
        BallotBox.objects.filter(round_id=round.pk)
        .values_list("area_id", "age_group", "channel", "participation")
        .annotate(n=Count("voter_tag"))
    )
    areas = {area.pk: area for area in Area.objects.filter(pk__in={row[0] for row in rows if row[0]})}
    counts: list[Counter[str]] = [Counter() for _ in range(4)]
    for area_id, age_group, channel, participation, n in rows:
        labels = (areas[area_id].code if area_id else "", age_group, channel, participation)
        for counter, label in zip(counts, labels, strict=True):
            counter[label] += n
    by_area, by_age_group, by_channel, by_participation = (merge_small(counter) for counter in counts)
    names = {area.code: area.name for area in areas.values()}
    total = sum(row[-1] for row in rows)
    return Turnout(total, by_area, by_age_group, by_channel, by_participation, names)


def merge_small(counts: Mapping[str, int]) -> list[Cell]:
    """Return cells by label, those under `SMALLEST_CELL` merged into one at the end.

    If the merged cell is itself small the smallest other cell joins it, or subtraction from the total
    would give it away.
    """
    large = {label: n for label, n in sorted(counts.items()) if n >= SMALLEST_CELL}
    merged = sum(counts.values()) - sum(large.values())
    while 0 < merged < SMALLEST_CELL and large:
        smallest = min(large, key=lambda label: large[label])
        merged += large.pop(smallest)
    if 0 < merged < SMALLEST_CELL:
        return []
    return [Cell(label, n) for label, n in large.items()] + ([Cell(None, merged)] if merged else [])


def published_ballots(round: Round, rules: frozen.Rules, paper: frozen.Paper, scope: str) -> bytes:
    """Return the counted ballots of a paper as a `.pb` file, of everybody, inside or outside. One query.

    With receipts that show only that a ballot was recorded, references are left out.
    """
    rows = FinalBallot.objects.filter(round_id=round.pk)
    if scope == Tally.Scope.INSIDE:
        rows = rows.exclude(participation=Participation.OUTSIDE)
    elif scope == Tally.Scope.OUTSIDE:
        rows = rows.filter(participation=Participation.OUTSIDE)
    shows_refs = rules.receipt_mode == Poll.ReceiptMode.OPEN
    ballots = [
        publication.Published(
            bytes(ref).hex() if shows_refs else "", sealing.entries_of(choices, paper.number)
        )
        for ref, choices in rows.values_list("ballot_ref", "choices")
    ]
    return publication.pb(paper, rules, ballots, unit=scope)


def decisive_tallies(round: Round) -> list[Tally]:
    """Return the tally that decides for each ballot paper, in the order of the papers. One query."""
    return list(
        Tally.objects.filter(paper__round=round, is_decisive=True)
        .select_related("paper")
        .order_by("paper__number")
    )
