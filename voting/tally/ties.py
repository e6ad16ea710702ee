"""The order among equals: one total order of all projects, fixed and published before the count.

Lower cost first (or higher, as the round has set), then the higher score, then a drawn order: the SHA-256 of
a published seed followed by the project's id. Neither ids nor the order of a file ever decide, except to
replay an official count that broke ties by file order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from .election import Election


class First(StrEnum):
    """The winner of a tie."""

    CHEAPER = "cheaper"
    DEARER = "dearer"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class TieRule:
    """The published setting: which of two equals goes first, and the seed of the draw."""

    first: First = First.CHEAPER
    seed: str = ""

    def draw(self, project_id: str) -> str:
        """Return the lot of a project: hexadecimal SHA-256 of seed and id. The lower lot goes first."""
        return hashlib.sha256((self.seed + project_id).encode()).hexdigest()


class TieOrder:
    """The total order a `TieRule` gives for one election, with the lots drawn."""

    def __init__(self, election: Election, rule: TieRule) -> None:
        self.rule = rule
        self.lots = tuple(rule.draw(id) for id in election.ids)
        self._costs = election.costs
        self._scores = election.scores
        numbers = range(len(election.projects))
        if rule.first is First.FILE:
            self.order = list(numbers)
        else:
            sign = 1 if rule.first is First.CHEAPER else -1
            self.order = sorted(
                numbers, key=lambda p: (sign * self._costs[p], -self._scores[p], self.lots[p])
            )
        self.rank = [0] * len(self.order)
        for place, project in enumerate(self.order):
            self.rank[project] = place

    def decided_by(self, winner: int, other: int) -> str:
        """Say what puts one project number before another: cost, score, draw or file."""
        if self.rule.first is First.FILE:
            return "file"
        if self._costs[winner] != self._costs[other]:
            return "cost"
        return "score" if self._scores[winner] != self._scores[other] else "draw"
