"""Reads of the box: one stored ballot, and turnout."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from core.cells import shown_apart
from core.db.prepared import Prepared
from places.models import Area
from rounds.models import Round
from voting.ballots import sealing as ballots_sealing
from voting.ballots.models import BallotBox
from voting.polls import choices as polls_choices
from voting.polls import keys

# A turnout cell of fewer people is merged with others before it is shown, as their ballots are.
SMALLEST_CELL = 10


_box_of = Prepared(
    lambda round_id, tag: BallotBox.objects.filter(round_id=round_id, voter_tag=tag)[:1], int, bytes
)


@dataclass(frozen=True, slots=True)
class StoredBallot:
    """The box's row of a voter. `ballot` is None for a check-in, and if the seal is broken."""

    ballot: ballots_sealing.UnsealedBallot | None
    revision: int
    is_paper: bool

    @property
    def is_damaged(self) -> bool:
        """Return whether a stored ballot cannot be opened with the round's key."""
        return self.ballot is None and not self.is_paper

    @property
    def choices(self) -> dict[int, list[polls_choices.Entry]]:
        """The choices, by number of the ballot style; empty if the ballot is on paper or does not open."""
        return polls_choices.parse(self.ballot.choices) if self.ballot else {}


def stored_ballot(round: Round, key: keys.RoundKey, voter_tag: bytes) -> StoredBallot | None:
    """Return what is stored for a voter, opened from its row; None if they have not voted. One query."""
    row = _box_of.first(round.pk, voter_tag)
    if row is None:
        return None
    if row.sealed is None:
        return StoredBallot(None, row.revision, is_paper=True)
    return StoredBallot(unseal_row(key, row), row.revision, is_paper=False)


def unseal_row(key: keys.RoundKey, row: BallotBox) -> ballots_sealing.UnsealedBallot | None:
    """Open one row of the box; None if it was altered, moved, or sealed with another key."""
    assert row.sealed is not None
    traits = ballots_sealing.Traits(row.residency, row.area_id, row.age_group, row.channel)
    try:
        return ballots_sealing.unseal(
            key, bytes(row.sealed), round_id=row.round_id, voter_tag=bytes(row.voter_tag), traits=traits
        )
    except ballots_sealing.CannotUnseal:
        return None


@dataclass(frozen=True, slots=True)
class Cell:
    """Ballots of one group. `label` is a code of area, age band or channel; None for merged small cells."""

    label: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Turnout:
    """The number of ballots in the box, in total and by group; nothing about their content."""

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
        .values_list("area_id", "age_group", "channel", "residency")
        .annotate(n=Count("voter_tag"))
    )
    areas = {area.pk: area for area in Area.objects.filter(pk__in={row[0] for row in rows if row[0]})}
    counts: list[Counter[str]] = [Counter() for _ in range(4)]
    for area_id, age_group, channel, residency, n in rows:
        labels = (areas[area_id].code if area_id else "", age_group, channel, residency)
        for counter, label in zip(counts, labels, strict=True):
            counter[label] += n
    by_area, by_age_group, by_channel, by_participation = (merge_small(counter) for counter in counts)
    names = {area.code: area.name for area in areas.values()}
    total = sum(row[-1] for row in rows)
    return Turnout(total, by_area, by_age_group, by_channel, by_participation, names)


def merge_small(counts: Mapping[str, int]) -> list[Cell]:
    """Return cells by label, those that `core.cells` shows only together as one at the end."""
    alone, together = shown_apart(dict(sorted(counts.items())), SMALLEST_CELL)
    cells = [Cell(label, counts[label]) for label in alone]
    return [*cells, Cell(None, sum(counts[label] for label in together))] if together else cells
