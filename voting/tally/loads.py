"""Sequential Phragmen, exactly.

Everybody earns money at the same speed from nothing; as soon as supporters can buy a project together they
do, and a project's load is the moment that happens. A voter's load is that of the last funded project on the
ballot, so there are never more loads than winners, and a project's next load is its cost plus the loads of
its supporters, counted by class, over their number. Loads are kept between two whole numbers; fractions
decide what the bounds leave open.
"""

from __future__ import annotations

import heapq
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .election import Election
from .outcome import Decision, FundingStep, NotFunded, Outcome, Progress, Reason, Tie, Wording, record
from .ranking import never_funded
from .ties import TieOrder, TieRule

_UNIT = 1 << 128
_LEAST_LOAD = Wording(
    "by_least_load", "Funded in step {step}: of all projects it loaded its {votes} supporters least."
)


class _Loads:
    """The loads reached so far, by step, and who carries which."""

    def __init__(self, election: Election) -> None:
        self._election = election
        self._last = np.zeros(len(election.ballots), dtype=np.int32)  # 0: nothing bought yet
        self._low = [0]
        self._high = [0]
        self._bought: list[tuple[int, list[int]]] = []
        self._exact = [Fraction(0)]

    def carried_by(self, project: int) -> list[int]:
        """Count the supporters of a project by the step whose load they carry."""
        supporters = self._election.ballots.supporters(project)
        carried: list[int] = np.bincount(self._last[supporters], minlength=len(self._low)).tolist()
        return carried

    def bounds(self, project: int, carried: list[int]) -> tuple[int, int]:
        """Bound the load at which a project could be bought next, in units."""
        votes = self._election.votes[project]
        cost = self._election.costs[project] * _UNIT
        low = cost + sum(k * load for k, load in zip(carried, self._low, strict=True) if k)
        high = cost + sum(k * load for k, load in zip(carried, self._high, strict=True) if k)
        return low // votes, -(-high // votes)

    def exact(self, project: int, carried: list[int]) -> Fraction:
        """Return the load at which a project could be bought next."""
        total = Fraction(self._election.costs[project])
        for step, count in enumerate(carried):
            if count:
                total += count * self.exact_at(step)
        return total / self._election.votes[project]

    def exact_at(self, step: int) -> Fraction:
        """Return the load of voters whose last project was bought at a step (from 1; 0 is nothing)."""
        while len(self._exact) <= step:
            project, carried = self._bought[len(self._exact) - 1]
            self._exact.append(self.exact(project, carried))
        return self._exact[step]

    def buy(self, project: int, carried: list[int], low: int, high: int) -> None:
        self._bought.append((project, carried))
        self._low.append(low)
        self._high.append(high)
        supporters: npt.NDArray[np.int32] = self._election.ballots.supporters(project)
        self._last[supporters] = len(self._low) - 1


def phragmen(
    election: Election, *, tie: TieRule | None = None, threshold: int = 0, progress: Progress | None = None
) -> Outcome:
    """Fund projects by sequential Phragmén, always the one that adds the least load to its supporters.

    Every entry counts as an approval. The count ends when a project of least load exceeds the remaining money
    (as pabutools does); projects more expensive than the whole budget never take part. Exact; each step looks
    again only at projects whose last known load could still be the least.

    Source: Phragmen (1894); for projects with costs, Los, Christoff and Grossi, "Proportional Budget
    Allocations" (IJCAI 2022).
    """
    order = TieOrder(election, tie or TieRule())
    ids, costs = election.ids, election.costs
    out = never_funded(election, threshold)
    for number, id in enumerate(ids):
        if number in out:
            continue
        if not election.votes[number]:
            out[number] = NotFunded(id, Reason.NO_VOTES, {})
        elif costs[number] > election.budget:
            over: dict[str, int | str] = {
                "needed": costs[number],
                "left": election.budget,
                "budget": election.budget,
            }
            out[number] = NotFunded(id, Reason.COSTS_MORE_THAN_BUDGET, over)
    loads = _Loads(election)
    money = election.budget
    steps: list[FundingStep] = []
    ties: list[Tie] = []
    not_funded = list(out.values())
    taken: dict[str, str] = {}
    # Loads only grow, so the last one known is never too high.
    heap = [(costs[p] * _UNIT // election.votes[p], p) for p in range(len(ids)) if p not in out]
    heapq.heapify(heap)
    while heap:
        known: dict[int, tuple[list[int], int, int]] = {}
        best = None
        while heap and (best is None or heap[0][0] <= best):
            _, project = heapq.heappop(heap)
            group = election.projects[project].exclusion_group
            if group in taken:
                not_funded.append(NotFunded(ids[project], Reason.RIVAL_FUNDED, {"rival": taken[group]}))
                continue
            carried = loads.carried_by(project)
            low, high = loads.bounds(project, carried)
            known[project] = (carried, low, high)
            best = high if best is None else min(best, high)
        if best is None:
            break
        equals = [project for project, (_, low, _) in known.items() if low <= best]
        if len(equals) > 1:
            exact = {project: loads.exact(project, known[project][0]) for project in equals}
            least = min(exact.values())
            equals = sorted((p for p in equals if exact[p] == least), key=order.rank.__getitem__)
            if len(equals) > 1:
                names = tuple(ids[p] for p in equals)
                ties.append(Tie(len(steps) + 1, names, order.decided_by(equals[0], equals[1])))
        misfits = [project for project in equals if costs[project] > money]
        if misfits:
            rest = [*known, *(project for _, project in heap)]
            not_funded += _ended(election, rest, misfits, money, taken)
            break
        winner = equals[0]
        carried, low, high = known.pop(winner)
        for project, (_, bound, _) in known.items():
            heapq.heappush(heap, (bound, project))
        loads.buy(winner, carried, low, high)
        if election.projects[winner].exclusion_group:
            taken[election.projects[winner].exclusion_group] = ids[winner]
        steps.append(
            FundingStep(
                number=len(steps) + 1,
                project=ids[winner],
                decision=Decision.FUNDED,
                cost=costs[winner],
                votes=election.votes[winner],
                score=election.scores[winner],
                money_before=money,
                money_after=money - costs[winner],
                load=Fraction(low, _UNIT),
            )
        )
        money -= costs[winner]
        if progress:
            progress(len(steps), 0)
    return record(
        election,
        order,
        rule="phragmen",
        parameters={"threshold": threshold},
        steps=steps,
        not_funded=not_funded,
        ties=ties,
        wording=_LEAST_LOAD,
    )


def _ended(
    election: Election, rest: list[int], misfits: list[int], money: int, taken: dict[str, str]
) -> list[NotFunded]:
    """Say why the projects that were still in the count when it ended are not funded."""
    not_funded = []
    for number in sorted(rest):
        project = election.projects[number]
        if project.exclusion_group in taken:
            rival = taken[project.exclusion_group]
            not_funded.append(NotFunded(project.id, Reason.RIVAL_FUNDED, {"rival": rival}))
        elif number in misfits:
            params: dict[str, int | str] = {
                "needed": project.cost,
                "left": money,
                "budget": election.budget,
            }
            not_funded.append(NotFunded(project.id, Reason.NO_MONEY_LEFT, params))
        else:
            params = {"needed": project.cost, "left": money, "misfit": election.ids[misfits[0]]}
            not_funded.append(NotFunded(project.id, Reason.COUNT_ENDED_BEFORE, params))
    return not_funded
