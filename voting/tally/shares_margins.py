"""Margins under equal shares: the fewest further votes and the highest cost that would have funded a project.

The assumptions of `margins` apply.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import kernels
from .election import Election
from .ledger import Ledger, Utility
from .margins import NO_WAY, Margin
from .ties import First, TieOrder

# Up to this many (voter, step) pairs money is replayed in fractions; above, in units rounded down.
_FRACTIONS_UP_TO = 40_000


class _Line(NamedTuple):
    """A permanent upper bound on the money that supporters raise at a price x each:

    `fixed` + `per_price` * x.

    At any price x0, the sum of min(money, x) is below what those with less than x0 hold together, plus x for
    each of the others. Money only shrinks, so the line drawn at one step bounds every later one.
    """

    fixed: Any
    per_price: int


class SharesMargins:
    """Margins under equal shares, with every share as it was in the deciding count.

    Replays the count and asks at each step, and at the end, what a project would have needed to be bought
    there. Most steps are passed over without a look at any voter: what was seen at one step bounds what
    supporters can raise at later ones. In large elections money is known from below by units far under a
    minor unit; a change that would only have led to a tie can then be missed, never wrongly promised.
    """

    def __init__(self, election: Election, ledger: Ledger, order: TieOrder) -> None:
        self._election = election
        self._ledger = ledger
        self._order = order
        self._exact = len(election.ballots) * (len(ledger.funded) + 1) <= _FRACTIONS_UP_TO
        self._unit = 1 if self._exact else ledger.unit
        self.money_behind: dict[int, int] = {}
        # Supporters that had money when last looked at: they can only become fewer.
        self._backers: dict[int, tuple[npt.NDArray[np.int32], Any]] = {}
        # Lines by project and by what they were drawn for; a newer one for the same purpose is closer.
        self._lines: dict[int, dict[str, _Line]] = {}
        self._rich: _Rich | None = None

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
        self._lines = {p: self._first_lines(p) for p in projects}
        for step, winner in enumerate(ledger.funded):
            low, high = self._prices(step)
            rich: _Rich | None = None
            for p in projects:
                if step > until[p]:
                    continue
                votes, cost = self._promising(p, winner, high, margins[p])
                if not votes and not cost:
                    continue
                held, weights = self._held(money, p)
                if cost:
                    at_most = self._cost_at(p, winner, low, held, weights, margins[p].cost_at_most)
                    margins[p] = margins[p].easier(Margin(None, at_most))
                if votes:
                    rich = rich or _Rich(money)
                    more = self._votes_at(p, winner, low, held, rich, margins[p].more_votes)
                    margins[p] = margins[p].easier(Margin(more, None))
            if rich is not None and rich.is_ranked:
                self._rich = rich
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
        held = kernels.gather(money, supporters)
        held -= owed
        np.maximum(held, 0, out=held)
        if not self._exact:
            held[self._ledger.died[supporters] == step] = 0
        money[supporters] = held

    def _held(self, money: npt.NDArray[Any], project: int) -> tuple[npt.NDArray[Any], Any]:
        """Return what a project's supporters hold, also nothing, and their weights; note how much it is."""
        supporters, weights = self._backers.get(project) or self._ledger.supporters(project)
        held = kernels.gather(money, supporters)
        some = held > 0
        # Leaving out who has nothing costs more than to carry them, until they are many.
        if np.count_nonzero(some) < 0.8 * len(held):
            held, supporters = held.compress(some), supporters.compress(some)
            weights = None if weights is None else weights[some]
            self._backers[project] = supporters, weights
        self._lines[project]["all"] = _Line(self._total(held), 0)
        return held, weights

    # -- one project at one step -------------------------------------------------------------------------

    def _first_lines(self, p: int) -> dict[str, _Line]:
        votes = self._election.votes[p]
        lines = {"all": _Line(votes * self._ledger.share * self._unit, 0)}
        if self._ledger.utility is not Utility.POINTS:
            lines["each"] = _Line(0, votes)
        return lines

    def _draw(self, p: int, purpose: str, held: npt.NDArray[Any], price: Any) -> Any:
        """Return what supporters raise at a price each, and remember the line that touches there."""
        raised = self._total(np.minimum(held, price))
        n_full = int(np.count_nonzero(held >= price))
        self._lines[p][purpose] = _Line(raised - n_full * price, n_full)
        return raised

    def _promising(self, p: int, winner: int, price: Any, known: Margin) -> tuple[bool, bool]:
        """Say whether a step could better the known number of votes, and the known cost."""
        costs, unit, utility = self._election.costs, self._unit, self._ledger.utility
        lines = self._lines[p].values()
        by_cost = utility is Utility.COST
        cost = (known.cost_at_most or 0) + 1  # the least that would be better
        # The price at that cost, if worth as much as the winner, is price * cost / costs[winner].
        top, over = (price * cost, costs[winner]) if by_cost else (price, 1)
        might_cost = cost < costs[p] and all(
            line.fixed * over + line.per_price * top >= cost * unit * over for line in lines
        )
        if utility is Utility.POINTS:
            return False, might_cost
        top = price * costs[p] if by_cost else price
        raised = min(line.fixed * over + line.per_price * top for line in lines)
        short = costs[p] * unit * over - raised
        more: int | None = max(1, -int(-short // top))
        if known.more_votes is None or more is None:
            return True, might_cost
        if more < known.more_votes and self._rich is not None:
            # Even if the richest of an earlier step gave, as many as that are needed.
            more = self._rich.fewest(-int(-short // over), int(top // over) + 1)
        return more is not None and more < known.more_votes, might_cost

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
        rich: _Rich,
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
        short = cost - self._draw(p, "votes", held, cap)
        if known is not None and -int(-short // cap) >= known:
            return None
        if not self._exact and short > 0:
            needed = int(short // cap) + 1
            if needed <= rich.at_least(cap) - self._lines[p]["votes"].per_price:
                return needed  # there are as many with the full price: no need to rank anybody
            if known is not None and self._rich is not None:
                needed_at_least = self._rich.fewest(short, cap)
                if needed_at_least is None or needed_at_least >= known:
                    return None
        ranked, sums = rich.ranked, rich.sums
        strict = _fewest(short, cap, held, ranked, sums, strictly=True)
        # With money known from below, a tie cannot be distinguished from a little more.
        more = _fewest(short, cap, held, ranked, sums) if self._exact else strict
        if more is None or (more and more == strict):
            return more
        # This many raise the cost exactly. If none of them holds the winner's price the price is lower;
        # otherwise there is a tie, which the tie order decides.
        if more and (ranked[-1] < cap or self._wins_tie(p, winner, costs[p], more)):
            return more
        others_with_money = len(ranked) - int(np.count_nonzero(held))
        others = self._election.voters - self._election.votes[p]
        wins = self._wins_tie(p, winner, costs[p], more + 1)
        return more + 1 if others_with_money > more or (others > more and wins) else None

    def _total(self, amounts: npt.NDArray[Any]) -> Any:
        """Sum as a Fraction or a Python int, which do not overflow in what follows."""
        if not len(amounts):
            return 0
        return amounts.sum() if self._exact else int(amounts.sum())

    def _cost_at(
        self,
        p: int,
        winner: int,
        price: Any,
        held: npt.NDArray[Any],
        weights: Any,
        known: int | None,
    ) -> int | None:
        """Return the highest cost at which a project would have gone before the winner of a step.

        None also if that is certainly no more than the known one.
        """
        costs = self._election.costs
        is_tie = True
        better = (known or 0) + 1
        if self._ledger.utility is Utility.COST:
            # Money that can be paid is raised at every lower cost too, so the least better one decides.
            least = price * better / costs[winner] if self._exact else -(-price * better // costs[winner])
            if self._draw(p, "cost", held, least) < better * self._unit:
                return None
            held = np.sort(held[held > 0])
            if not len(held):
                return None
            exact, is_tie = _highest_at_worth(held, costs[winner] * self._unit, price)
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


class _Rich:
    """Voters' money at one step. Ranked only when needed: in most steps counting is enough."""

    def __init__(self, money: npt.NDArray[Any]) -> None:
        self._money: npt.NDArray[Any] | None = money

    @property
    def is_ranked(self) -> bool:
        """Return whether the ranking was drawn up, so that it stays valid when the money moves."""
        return self._money is None

    @cached_property
    def ranked(self) -> npt.NDArray[Any]:
        """Return the money of all voters that have some, ascending."""
        assert self._money is not None
        ranked = np.sort(self._money)
        self._money = None
        return ranked[int(np.searchsorted(ranked, 0, side="right")) :]

    @cached_property
    def _running_sums(self) -> npt.NDArray[Any]:
        sums: npt.NDArray[Any] = np.cumsum(self.ranked)
        return sums

    def sums(self, count: int) -> Any:
        """Return the sum of the lowest n."""
        if not count:
            return 0
        return (
            self._running_sums[count - 1]
            if self.ranked.dtype == object
            else int(self._running_sums[count - 1])
        )

    def at_least(self, amount: int) -> int:
        """Count the voters that hold an amount or more."""
        if self._money is None:
            return len(self.ranked) - int(np.searchsorted(self.ranked, amount))
        return int(np.count_nonzero(self._money >= amount))

    def fewest(self, short: int, cap: int) -> int | None:
        """Return how many voters, the richest first, giving up to `cap` each make up what is short."""
        if self.ranked.dtype == object or not len(self.ranked):
            return 0
        top = int(np.searchsorted(self.ranked, min(cap, 1 << 62)))
        n_full = len(self.ranked) - top
        needed = -(-short // cap)
        if needed <= n_full:
            return needed
        rest = self.sums(top) - (short - n_full * cap)
        if rest < 0:
            return None
        return n_full + top - int(np.searchsorted(self._running_sums[:top], rest, side="right"))


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
    """Return the sum of the first n amounts, as a function; Python numbers."""
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
