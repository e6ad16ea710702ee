"""Margins: the fewest further votes and the highest cost that would have funded a project.

All else stays as counted: the same other votes, the same costs, the same voters. Further votes come from the
voters best placed to give them, so fewer could not have been enough.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .election import Election
from .ties import First, TieOrder


@dataclass(frozen=True, slots=True)
class Margin:
    """The change that would have funded a project: that many more votes (or points), or a cost of at most
    that much.

    Minor units. None if no number of votes, or no cost, would have done it, or if it is not known.
    """

    more_votes: int | None
    cost_at_most: int | None

    def easier(self, other: Margin) -> Margin:
        """Combine two ways to be funded into the smaller change each."""
        votes = [m.more_votes for m in (self, other) if m.more_votes is not None]
        costs = [m.cost_at_most for m in (self, other) if m.cost_at_most is not None]
        return Margin(min(votes, default=None), max(costs, default=None))


NO_WAY = Margin(None, None)


class RankingMargins:
    """Margins under a rule that walks down a ranking (greedy, votes per cost, completion)."""

    def __init__(
        self,
        election: Election,
        order: TieOrder,
        ranking: Sequence[int],
        *,
        money: int,
        per_cost: bool = False,
        threshold: int = 0,
        stop: bool = False,
        topup_ratio: Fraction | None = None,
        taken: Iterable[str] = (),
    ) -> None:
        self._election = election
        self._order = order
        self._ranking = list(ranking)
        self._money = money
        self._per_cost = per_cost
        self._threshold = threshold
        self._stops = stop or topup_ratio is not None
        self._topup_ratio = topup_ratio
        self._taken = frozenset(taken)

    def of(self, project: int) -> Margin:
        """Return the margin of a project that was not funded. O(m log m) for m projects."""
        others = [q for q in self._ranking if q != project]
        keys = [self._key(q, self._election.scores[q], self._election.costs[q]) for q in others]
        states = self._walk(others, self._election.projects[project].exclusion_group)
        score, cost = self._election.scores[project], self._election.costs[project]

        def is_funded(score: int, cost: int) -> bool:
            if score < self._threshold:
                return False
            money, is_open = states[bisect_left(keys, self._key(project, score, cost))]
            return is_open and (cost <= money or self._is_topped_up(cost, money))

        best = max(
            (self._value(self._election.scores[q], self._election.costs[q]) for q in others), default=0
        )
        enough = max(self._threshold, int(best * cost if self._per_cost else best) + 1) - score
        return Margin(
            _least(max(1, enough), lambda more: is_funded(score + more, cost)),
            self._highest_cost(project, others, [money for money, _ in states], is_funded),
        )

    def _value(self, score: int, cost: int) -> Fraction | int:
        return Fraction(score, cost) if self._per_cost else score

    def _key(self, project: int, score: int, cost: int) -> tuple[Any, ...]:
        first = self._order.rule.first
        if first is First.FILE:
            return (-self._value(score, cost), project)
        sign = 1 if first is First.CHEAPER else -1
        return (-self._value(score, cost), sign * cost, -score, self._order.lots[project])

    def _is_topped_up(self, cost: int, money: int) -> bool:
        return self._topup_ratio is not None and money >= self._topup_ratio * cost

    def _walk(self, others: Sequence[int], group: str) -> list[tuple[int, bool]]:
        """Count without the project: money before each place, and whether a project could be taken there."""
        money, is_open = self._money, not (group and group in self._taken)
        taken = set(self._taken)
        ended = False
        states = []
        for q in others:
            states.append((money, is_open))
            theirs, cost = self._election.projects[q].exclusion_group, self._election.costs[q]
            if ended or (theirs and theirs in taken):
                continue
            if cost > money:
                ended = self._stops
                is_open = is_open and not ended
                if not self._is_topped_up(cost, money):
                    continue
                money = cost
            money -= cost
            if theirs:
                taken.add(theirs)
                is_open = is_open and theirs != group
        states.append((money, is_open))
        return states

    def _highest_cost(
        self, project: int, others: Sequence[int], monies: Sequence[int], is_funded: Any
    ) -> int | None:
        score, cost = self._election.scores[project], self._election.costs[project]
        candidates = set(monies)
        if self._topup_ratio:
            candidates |= {int(money / self._topup_ratio) for money in monies}
        for q in others:
            theirs = self._election.costs[q]
            if self._per_cost and self._election.scores[q]:
                theirs = score * theirs // self._election.scores[q]
            candidates |= {theirs - 1, theirs, theirs + 1}
        lower = sorted((c for c in candidates if 0 < c < cost), reverse=True)
        return next((c for c in lower if is_funded(score, c)), None)


def _least(enough: int, holds: Any) -> int | None:
    """Return the least whole number from 1 to `enough` for which something monotone holds, or None."""
    if not holds(enough):
        return None
    low, high = 0, enough
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
