"""Distribution of an outcome by place and by group of voters, and comparison of two outcomes. As data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from . import kernels
from .election import Election
from .outcome import Outcome
from .shares import preferences


@dataclass(frozen=True, slots=True)
class PlaceShare:
    """Outcome for the projects of one district. Costs in minor units."""

    label: str
    projects: int
    funded: int
    cost_asked: int
    cost_funded: int


@dataclass(frozen=True, slots=True)
class GroupShare:
    """Outcome for one group of voters.

    `served` voters chose at least one funded project; `entries_funded` of their `entries` are for funded
    projects. `money` is the cost of funded projects, each split evenly among all who chose it: minor units.
    """

    label: str
    voters: int
    served: int
    entries: int
    entries_funded: int
    money: Fraction


@dataclass(frozen=True, slots=True)
class Column:
    """One outcome in a comparison. `served` voters have at least one funded project they chose."""

    rule: str
    funded: tuple[str, ...]
    cost: int
    left: int
    served: int
    entries_funded: int
    cost_by_district: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two outcomes of one election side by side.

    `in_both`, `only_first`, `only_second` hold project ids in ballot-paper order; `better_first` counts
    voters with more funded projects they chose under the first outcome, `better_second` under the second.
    """

    voters: int
    first: Column
    second: Column
    in_both: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    better_first: int
    better_second: int


def by_district(election: Election, outcome: Outcome) -> tuple[PlaceShare, ...]:
    """Add up projects and money by the projects' district, in the order districts appear on the paper."""
    funded = set(outcome.funded)
    rows: dict[str, list[int]] = {}
    for project in election.projects:
        row = rows.setdefault(project.district, [0, 0, 0, 0])
        row[0] += 1
        row[2] += project.cost
        if project.id in funded:
            row[1] += 1
            row[3] += project.cost
    return tuple(PlaceShare(label, *row) for label, row in rows.items())


def by_group(election: Election, outcome: Outcome, trait: str) -> tuple[GroupShare, ...]:
    """Say what each group of voters got, in the order groups first appear among the ballots."""
    ballots = election.ballots
    kept = ballots.traits[trait]
    marks = np.zeros(len(election.projects), dtype=np.int64)
    marks[[election.numbers[id] for id in outcome.funded]] = 1
    won = kernels.sum_marks(ballots.starts, ballots.chosen, marks)
    lengths = np.diff(ballots.starts)
    money = [Fraction(0)] * len(kept.labels)
    for id in outcome.funded:
        number = election.numbers[id]
        counts = np.bincount(kept.codes[ballots.supporters(number)], minlength=len(kept.labels)).tolist()
        for code, count in enumerate(counts):
            if count:
                money[code] += Fraction(election.costs[number] * count, election.votes[number])
    rows = []
    for code, label in enumerate(kept.labels):
        mine = kept.codes == code
        rows.append(
            GroupShare(
                label=label,
                voters=int(np.count_nonzero(mine & (lengths > 0))),
                served=int(np.count_nonzero(mine & (won > 0))),
                entries=int(lengths[mine].sum()),
                entries_funded=int(won[mine].sum()),
                money=money[code],
            )
        )
    return tuple(rows)


def compare(election: Election, first: Outcome, second: Outcome) -> Comparison:
    """Put two outcomes of the same election side by side, as a council does before it chooses a rule."""
    better_first, better_second = preferences(election, first, second)
    one, two = set(first.funded), set(second.funded)
    return Comparison(
        voters=election.voters,
        first=_column(election, first),
        second=_column(election, second),
        in_both=tuple(id for id in election.ids if id in one and id in two),
        only_first=tuple(id for id in election.ids if id in one - two),
        only_second=tuple(id for id in election.ids if id in two - one),
        better_first=better_first,
        better_second=better_second,
    )


def _column(election: Election, outcome: Outcome) -> Column:
    ballots = election.ballots
    marks = np.zeros(len(election.projects), dtype=np.int64)
    marks[[election.numbers[id] for id in outcome.funded]] = 1
    won = kernels.sum_marks(ballots.starts, ballots.chosen, marks)
    return Column(
        rule=outcome.rule,
        funded=outcome.funded,
        cost=outcome.cost,
        left=outcome.left,
        served=int(np.count_nonzero(won)),
        entries_funded=int(won.sum()),
        cost_by_district={row.label: row.cost_funded for row in by_district(election, outcome)},
    )
