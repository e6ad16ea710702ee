"""How little would have funded a project that is not: fewest further votes, highest cost.

All else stays as counted: the same other votes, the same costs, the same voters. Further votes come from the
voters best placed to give them, so fewer could not have been enough.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from .election import Election
from .shares import Ledger, Utility
from .ties import First, TieOrder

_ENDLESS = 1 << 200
_NOBODY = np.empty(0, dtype=np.int64)
# Steps after which a bound on what everybody holds is drawn up anew.
_RANKED_EVERY = 6
# Up to this many (voter, step) pairs money is replayed in fractions; above, in units rounded down.
_FRACTIONS_UP_TO = 40_000


@dataclass(frozen=True, slots=True)
class Margin:
    """What would have funded a project: that many more votes (or points), or a cost of at most that much.

    Minor units. None where no number of votes, or no cost, would have done it, or where it is not known.
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


class SharesMargins:
    """Margins under equal shares, with every share as it was in the deciding count.

    Replays the count and asks at each step, and at the end, what a project would have needed to be bought
    there. Steps at which a project cannot do better than what is already known are passed over by comparing
    counts of votes, which leaves few. In large elections money is known from below by units far under a
    minor unit; a change that would only have led to a tie can then be missed, never wrongly promised.
    """

    def __init__(self, election: Election, ledger: Ledger, order: TieOrder) -> None:
        self._election = election
        self._ledger = ledger
        self._order = order
        self._exact = len(election.ballots) * (len(ledger.funded) + 1) <= _FRACTIONS_UP_TO
        self._unit = 1 if self._exact else ledger.unit
        self.money_behind: dict[int, int] = {}
        # Supporters that had money when last looked at, and how much together: both can only shrink.
        self._backers: dict[int, tuple[npt.NDArray[np.int32], Any]] = {}
        self._ceiling: dict[int, Any] = {}
        self._ranked_before: tuple[npt.NDArray[Any], Callable[[int], Any]] = (_NOBODY, _running(_NOBODY))

    def of_all(self, projects: Sequence[int]) -> dict[int, Margin]:
        """Return the margins of projects that were not bought, by number; fill `money_behind`."""
        ledger = self._ledger
        last = len(ledger.funded)
        margins = dict.fromkeys(projects, NO_WAY)
        # Until when could a project be bought at all: a funded rival ends that.
        until = dict.fromkeys(projects, last)
        for step, winner in enumerate(ledger.funded):
            group = self._election.projects[winner].exclusion_group
            for p in projects:
                if group and self._election.projects[p].exclusion_group == group:
                    until[p] = step
        end = self._end_money()
        ranked = np.sort(end[end > 0])
        sums = _running(ranked)
        for p in projects:
            supporters, _ = ledger.supporters(p)
            held = end[supporters]
            held = held[held > 0]
            self.money_behind[p] = int(self._total(held) // self._unit)
            if until[p] == last:
                margins[p] = self._margin_at_end(p, held, ranked, sums)
        money = self._start_money()
        for step, winner in enumerate(ledger.funded):
            low, high = self._prices(step)
            ranked_now: tuple[npt.NDArray[Any], Callable[[int], Any]] | None = None
            if not self._exact and step % _RANKED_EVERY == 0:
                rich = np.sort(money[money > 0])
                self._ranked_before = ranked_now = rich, _running(rich)
            for p in projects:
                if step > until[p]:
                    continue
                votes, cost = self._promising(p, winner, high, margins[p])
                if not votes and not cost:
                    continue
                held, weights = self._held(money, p)
                found = NO_WAY
                if cost:
                    found = Margin(None, self._cost_at(p, winner, low, held, weights))
                if votes:
                    if ranked_now is None:
                        rich = np.sort(money[money > 0])
                        ranked_now = rich, _running(rich)
                    more = self._votes_at(p, winner, low, held, *ranked_now, margins[p].more_votes)
                    found = Margin(more, found.cost_at_most)
                margins[p] = margins[p].easier(found)
            self._charge(money, step, winner, high)
        return margins

    # -- money over time ---------------------------------------------------------------------------------

    def _start_money(self) -> npt.NDArray[Any]:
        ballots = self._election.ballots
        if self._exact:
            money: npt.NDArray[Any] = np.empty(len(ballots), dtype=object)
            money.fill(self._ledger.share)
        else:
            money = np.full(len(ballots), int(self._ledger.share * self._unit), dtype=np.int64)
        money[ballots.starts[1:] == ballots.starts[:-1]] = 0  # an empty ballot is no voter
        return money

    def _end_money(self) -> npt.NDArray[Any]:
        money = self._start_money()
        if self._exact:
            for step, winner in enumerate(self._ledger.funded):
                self._charge(money, step, winner, self._prices(step)[1])
            return money
        return np.maximum(self._ledger.money, 0)

    def _prices(self, step: int) -> tuple[Any, Any]:
        """Bounds on the price at a step. The lower one asks most of a project, the higher takes most."""
        if self._exact:
            return self._ledger.exact_price(step), self._ledger.exact_price(step)
        low, high = self._ledger.price_bounds[step]
        return max(low, 1), high

    def _charge(self, money: npt.NDArray[Any], step: int, winner: int, price: Any) -> None:
        supporters, weights = self._ledger.supporters(winner)
        owed = price if weights is None else weights * price
        money[supporters] = np.maximum(money[supporters] - owed, 0)
        if not self._exact:
            money[supporters[self._ledger.died[supporters] == step]] = 0

    def _held(self, money: npt.NDArray[Any], project: int) -> tuple[npt.NDArray[Any], Any]:
        supporters, weights = self._backers.get(project) or self._ledger.supporters(project)
        held = money[supporters]
        some = held > 0
        if not some.all():
            held, supporters = held[some], supporters[some]
            weights = None if weights is None else weights[some]
        self._backers[project] = supporters, weights
        self._ceiling[project] = self._total(held)
        return held, weights

    # -- one project at one step -------------------------------------------------------------------------

    def _promising(self, p: int, winner: int, price: Any, known: Margin) -> tuple[bool, bool]:
        """Say whether a step could better the known number of votes, and the known cost."""
        costs, votes = self._election.costs, self._election.votes[p]
        cost = costs[p] * self._unit
        slack = 0 if self._exact else self._ledger.slack
        ceiling = min(self._ceiling.get(p, _ENDLESS) + slack, votes * self._ledger.share * self._unit)
        might_cost = known.cost_at_most is None or ceiling > known.cost_at_most * self._unit
        if self._ledger.utility is Utility.POINTS:
            return False, might_cost
        top = price
        if self._ledger.utility is Utility.COST:
            # A vote is worth at most one effective vote.
            might_cost = might_cost and votes * price + price >= costs[winner] * self._unit
            top = Fraction(costs[p] * price, costs[winner])
        short = cost - min(ceiling, votes * top)
        more: int | None = max(1, -int(-short // top))
        if not self._exact and known.more_votes is not None and more is not None and more < known.more_votes:
            # Even if the richest of an earlier step gave, as many as that are needed.
            more = _fewest(int(short // 1), min(int(top) + 1, 1 << 62), _NOBODY, *self._ranked_before)
        is_fewer = more is not None and (known.more_votes is None or more < known.more_votes)
        return is_fewer, bool(might_cost)

    def _margin_at_end(
        self, p: int, held: npt.NDArray[Any], ranked: npt.NDArray[Any], sums: Callable[[int], Any]
    ) -> Margin:
        cost = self._election.costs[p]
        behind = self._total(held)
        at_most = min(int(behind // self._unit), cost - 1)
        votes = None
        if self._ledger.utility is not Utility.POINTS:
            votes = _fewest(cost * self._unit - behind, None, held, ranked, sums)
        return Margin(votes, at_most if at_most > 0 else None)

    def _votes_at(
        self,
        p: int,
        winner: int,
        price: Any,
        held: npt.NDArray[Any],
        ranked: npt.NDArray[Any],
        sums: Callable[[int], Any],
        known: int | None,
    ) -> int | None:
        """Return how many more votes would have put a project before the winner of a step."""
        costs = self._election.costs
        cost = costs[p] * self._unit
        if self._ledger.utility is Utility.COST:
            top = Fraction(costs[p] * price, costs[winner])
            # Units rounded down: a lower price asks for more votes, never for fewer.
            top = top if self._exact else Fraction(top.numerator // top.denominator)
        else:
            top = price
        # All money together is less than 2**62 units: a higher cap is none, and must stay in 64 bits.
        cap: Any = top if self._exact else min(int(top), 1 << 62)
        short = cost - self._total(np.minimum(held, cap))
        if known is not None and -int(-short // cap) >= known:
            return None
        strict = _fewest(short, cap, held, ranked, sums, strictly=True)
        # Where money is known from below, a tie cannot be told from a little more.
        more = _fewest(short, cap, held, ranked, sums) if self._exact else strict
        if more is None or (more and more == strict):
            return more
        # That many raise the cost exactly. Where none of them holds the winner's price the price is lower;
        # else there is a tie, which the order among equals decides.
        if more and (ranked[-1] < cap or self._wins_tie(p, winner, costs[p], more)):
            return more
        others_with_money = len(ranked) - len(held)
        others = self._election.voters - self._election.votes[p]
        wins = self._wins_tie(p, winner, costs[p], more + 1)
        return more + 1 if others_with_money > more or (others > more and wins) else None

    def _total(self, amounts: npt.NDArray[Any]) -> Any:
        """Sum as a Fraction or a Python int, which do not overflow in what follows."""
        if not len(amounts):
            return 0
        return amounts.sum() if self._exact else int(amounts.sum())

    def _cost_at(self, p: int, winner: int, price: Any, held: npt.NDArray[Any], weights: Any) -> int | None:
        """Return the highest cost at which a project would have gone before the winner of a step."""
        if not len(held):
            return None
        costs = self._election.costs
        is_tie = True
        if self._ledger.utility is Utility.COST:
            exact, is_tie = _highest_at_worth(np.sort(held), costs[winner] * self._unit, price)
        else:
            exact = self._total(np.minimum(held, price if weights is None else weights * price))
        if exact is None:
            return None
        highest = min(int(exact // self._unit), costs[p] - 1)
        worth = Fraction(costs[winner] * self._unit) / price
        if self._ledger.utility is Utility.COST and worth == len(held):
            # At any cost its supporters all pay in full, and are as many as the winner's votes: always a tie.
            ties = [highest, costs[winner], costs[winner] - 1]
            ties = [c for c in ties if 0 < c <= highest and self._wins_tie(p, winner, c, 0)]
            return max(ties, default=None)
        if is_tie and exact == highest * self._unit and not self._wins_tie(p, winner, highest, 0):
            highest -= 1
        return highest if highest > 0 else None

    def _wins_tie(self, p: int, winner: int, cost: int, more: int) -> bool:
        first = self._order.rule.first
        if first is First.FILE:
            return p < winner
        sign = 1 if first is First.CHEAPER else -1
        scores, lots = self._election.scores, self._order.lots
        mine = (sign * cost, -(scores[p] + more), lots[p])
        return mine < (sign * self._election.costs[winner], -scores[winner], lots[winner])


def _fewest(
    short: Any,
    cap: Any,
    held: npt.NDArray[Any],
    ranked: npt.NDArray[Any],
    sums: Callable[[int], Any],
    *,
    strictly: bool = False,
) -> int | None:
    """Return how many voters, the richest first, must give up to `cap` each to make up what is short.

    `ranked` is the money of all voters that have some, ascending, and `sums` its running sums; `held` is
    that of those who already give, and who are left out. `strictly` asks for more than what is short. None
    if all together are not enough.
    """

    def whole(amount: Any, each: Any) -> int:
        return int(amount // each) + 1 if strictly else -int(-amount // each)

    def is_enough(amount: Any) -> bool:
        return bool(amount > short) if strictly else bool(amount >= short)

    if is_enough(0):
        return 0
    n_full = 0
    top = len(ranked)
    theirs = held
    if cap is not None:
        top = int(np.searchsorted(ranked, cap))
        theirs = held[held < cap]
        n_full = (len(ranked) - top) - (len(held) - len(theirs))
        needed = whole(short, cap)
        if needed <= n_full:
            return needed
        short = short - n_full * cap
    ranked, theirs, top_theirs = ranked[:top], np.sort(theirs), len(theirs)
    sums_theirs = _running(theirs)

    def from_above(value: Any) -> tuple[Any, int]:
        """Sum and number of the others' holdings of at least a value (and below the cap)."""
        low, low_theirs = int(np.searchsorted(ranked, value)), int(np.searchsorted(theirs, value))
        total = sums(top) - sums(low) - sums_theirs(top_theirs) + sums_theirs(low_theirs)
        return total, (top - low) - (top_theirs - low_theirs)

    if not top or not is_enough(from_above(ranked[0])[0]):
        return None
    low, high = 0, top  # the holding at place `low` reaches far enough down
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_enough(from_above(ranked[middle])[0]) else (low, middle)
    higher = int(np.searchsorted(ranked, ranked[low], side="right"))
    total, count = from_above(ranked[higher]) if higher < top else (0, 0)
    value = ranked[low] if ranked.dtype == object else int(ranked[low])
    return n_full + count + whole(short - total, value)


def _running(amounts: npt.NDArray[Any]) -> Callable[[int], Any]:
    """Return the sum of the first so many amounts, as a function; Python numbers."""
    sums = np.cumsum(amounts)

    def first(count: int) -> Any:
        if not count:
            return 0
        return sums[count - 1] if sums.dtype == object else int(sums[count - 1])

    return first


def _highest_at_worth(held: npt.NDArray[Any], cost: int, price: Any) -> tuple[Any, bool]:
    """Return the highest cost that supporters can pay at a worth of `cost` / `price` effective votes or more.

    `held` ascends. At a price x the supporters raise the sum of min(held, x), and the cost must be x times
    the worth; the difference is concave in x and nothing at 0, so its last zero is found by bisection. Also
    says whether the worth at that cost is no more than asked; None for the cost if there is none.
    """
    sums = _running(held)
    n = len(held)

    def at(place: int) -> Any:
        return held[place] if held.dtype == object else int(held[place])

    def excess(place: int) -> Any:
        return (sums(place + 1) + (n - 1 - place) * at(place)) * price - cost * at(place)

    if excess(0) < 0:
        return None, True
    low, high = 0, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if excess(middle) >= 0 else (low, middle)
    if low == n - 1:
        # All can give all they have; the price is what the richest holds.
        return sums(n), excess(low) == 0
    worth = Fraction(cost) / price
    return worth * sums(low + 1) / (worth - (n - 1 - low)), True
