"""Budgets by district: independent elections, and the use of leftover money.

A ballot takes part in each district for which it names a project. Leftover money of a district stays there
unless someone decides otherwise; each such decision is recorded with the outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .ballots import Ballots
from .election import Election
from .outcome import Outcome
from .ranking import greedy
from .ties import TieRule


@dataclass(frozen=True, slots=True)
class Leftover:
    """A decision about money left over: how much goes from where to where, who decided, and why.

    `source` and `target` are districts; an empty target is the common pot. Minor units.
    """

    source: str
    target: str
    money: int
    decided_by: str
    reason: str


@dataclass(frozen=True)
class DistrictOutcome:
    """Outcomes by district, decisions about leftovers, and what the common pot then bought (or None)."""

    by_district: Mapping[str, Outcome]
    leftovers: tuple[Leftover, ...] = ()
    from_pot: Outcome | None = None

    @property
    def funded(self) -> tuple[str, ...]:
        """All funded ids: district by district, then those from the common pot."""
        first = tuple(id for outcome in self.by_district.values() for id in outcome.funded)
        return first + (self.from_pot.funded if self.from_pot else ())

    @property
    def cost(self) -> int:
        pot = self.from_pot.cost if self.from_pot else 0
        return sum(outcome.cost for outcome in self.by_district.values()) + pot


def part(election: Election, projects: Sequence[int], budget: int) -> Election:
    """Return an election of some project numbers only, with a budget of its own; ballots keep their order.

    Ballots that name none of them stay, empty, so that they are not counted as voters.
    """
    source = election.ballots
    place = np.full(len(election.projects), -1, dtype=np.int64)
    place[list(projects)] = np.arange(len(projects))
    kept = place[source.chosen] >= 0
    running = np.zeros(len(source.chosen) + 1, dtype=np.int64)
    np.cumsum(kept, out=running[1:])
    ballots = Ballots(
        n_projects=len(projects),
        starts=running[source.starts],
        chosen=place[source.chosen[kept]].astype(np.uint16),
        points=None if source.points is None else source.points[kept],
        traits=source.traits,
        voter_ids=source.voter_ids,
    )
    return replace(
        election,
        projects=tuple(election.projects[p] for p in projects),
        ballots=ballots,
        budget=budget,
        source_sha256="",
    )


def by_district(
    election: Election, budgets: Mapping[str, int], rule: Callable[[Election], Outcome]
) -> DistrictOutcome:
    """Count each district on its own with the same rule, in the order of `budgets` (minor units).

    Raises ValueError if a project's district has no budget, or if a budgeted district has no project.
    """
    places: dict[str, list[int]] = {district: [] for district in budgets}
    for number, project in enumerate(election.projects):
        if project.district not in places:
            raise ValueError(f"Project {project.id} is in {project.district!r}, which has no budget.")
        places[project.district].append(number)
    empty = [district for district, projects in places.items() if not projects]
    if empty:
        raise ValueError(f"{empty[0]!r} has a budget but no project.")
    return DistrictOutcome(
        {district: rule(part(election, places[district], money)) for district, money in budgets.items()}
    )


def pool_leftovers(
    election: Election,
    outcome: DistrictOutcome,
    *,
    decided_by: str,
    reason: str,
    tie: TieRule | None = None,
    threshold: int = 0,
) -> DistrictOutcome:
    """Pool the leftover money of the districts and spend it greedily on projects not funded yet.

    Scores are those of the whole electorate. Each district's contribution is recorded as a decision, even if
    the pot buys nothing. Raises ValueError if leftovers were already decided.
    """
    if outcome.leftovers:
        raise ValueError("The leftovers of this outcome have already been decided.")
    leftovers = tuple(
        Leftover(district, "", each.left, decided_by, reason)
        for district, each in outcome.by_district.items()
        if each.left > 0
    )
    pot = sum(leftover.money for leftover in leftovers)
    funded = set(outcome.funded)
    taken = {election.projects[election.numbers[id]].exclusion_group for id in funded} - {""}
    rest = [
        number
        for number, project in enumerate(election.projects)
        if project.id not in funded and project.exclusion_group not in taken
    ]
    bought = greedy(part(election, rest, pot), tie=tie, threshold=threshold) if pot and rest else None
    return replace(outcome, leftovers=leftovers, from_pot=bought)
