"""Money of each voter during equal shares, exact, at the speed of 64-bit integers.

Every voter holds an equal share of the budget and projects are bought by their supporters. Shares and prices
are fractions whose denominators grow without bound, so each voter's money is kept as a whole number of units
of 2**-k minor units, always rounded *down*. One conservation law makes that certain: a purchase takes exactly
the cost, so the money all voters truly hold is known exactly, and the rounding in all holdings together is
that minus the sum of the numbers kept. With it every price is between two known numbers. Comparisons that
these bounds do not settle (true equalities, nearly always) are decided with exact fractions, which are cheap
to recover: a voter with money left has paid the full price of every funded project on the ballot.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from . import kernels
from .election import Election

Ints = npt.NDArray[np.int64]

# A price or a worth beyond any.
ENDLESS = 1 << 200


class Utility(StrEnum):
    """The value of a funded project to a supporter: its cost, one, or the points given to it."""

    COST = "cost"
    CARDINALITY = "cardinality"
    POINTS = "points"


class Ledger:
    """Holdings during a count, and afterwards the payments.

    `funded` lists project numbers in the order bought. Money is in units of 1 / `unit` minor units.
    """

    def __init__(self, election: Election, share: Fraction, utility: Utility) -> None:
        self.election = election
        self.share = share
        self.utility = utility
        self.funded: list[int] = []
        self.price_bounds: list[tuple[int, int]] = []
        self.payers: list[tuple[int, int]] = []
        self.unaffordable_at: dict[int, int] = {}
        self.ties: list[tuple[int, list[int]]] = []

        ballots = election.ballots
        self._pointers, self._ballots, points = ballots.by_project
        self._weights = None if utility is not Utility.POINTS or points is None else points.astype(np.int64)
        self._some_weigh_nothing = self._weights is not None and not self._weights.all()
        heaviest = 1 if self._weights is None else max(1, int(self._weights.max(initial=1)))
        self._pot = share * election.voters  # all the money there is, exactly
        room = (1 << 62) // (max(1, -(-self._pot.numerator // self._pot.denominator)) * heaviest)
        self.unit = 1 << max(0, room.bit_length() - 1)
        self._pot_units = -(-self._pot.numerator * self.unit // self._pot.denominator)
        # Without voters there is no pot to bound a share by, and nobody who holds one.
        each = int(share * self.unit) if election.voters else 0
        self.money = np.full(len(ballots), each, dtype=np.int64)
        self.money[ballots.starts[1:] == ballots.starts[:-1]] = 0  # an empty ballot is no voter
        self._held = each * election.voters
        self._spent = 0
        self.died = np.full(len(ballots), -1, dtype=np.int16)
        self._lowest_price: dict[int, int] = {}
        self._exact_prices: list[Fraction] = []

    # -- what is certain ---------------------------------------------------------------------------------

    @property
    def slack(self) -> int:
        """Upper bound of all true holdings minus the numbers kept, in units."""
        return self._pot_units - self._spent * self.unit - self._held

    def supporters(self, project: int) -> tuple[npt.NDArray[np.int32], Ints | None]:
        """Return ballot numbers and weights (None where all are 1) of a project's supporters."""
        part = slice(self._pointers[project], self._pointers[project + 1])
        if self._weights is None:
            return self._ballots[part], None
        ballots, weights = self._ballots[part], self._weights[part]
        if self._some_weigh_nothing:
            return ballots[weights > 0], weights[weights > 0]
        return ballots, weights

    def price_bounds_of(self, project: int, most: int) -> tuple[int, int] | None:
        """Bound the price of a project now; None if its supporters cannot pay. Stops early above `most`."""
        supporters, weights = self.supporters(project)
        cost = self.election.costs[project] * self.unit
        lowest = self._lowest_price.get(project, 0)
        total, price, poor, full, _ = kernels.share_equally(
            self.money, supporters, weights, cost, lowest, most
        )
        slack = self.slack
        if total < cost:
            if total + slack < cost or self.exact_money_behind(project) < self.election.costs[project]:
                return None
            # Together they hold the cost to within the rounding, so the price is what the richest holds.
            exact = self.exact_price_of(project)
            low = exact.numerator * self.unit // exact.denominator
            return low, low + 1
        self._lowest_price[project] = price
        return max((cost - poor - slack) // full, 0), price

    # -- exact values ------------------------------------------------------------------------------------

    def exact_price(self, step: int) -> Fraction:
        """Return the exact price of the project bought at a step, counted from 0, in minor units.

        A price is the cost less what the poor brought, over the weight of those who paid in full; and the
        poor brought their share less the exact prices paid before.
        """
        while len(self._exact_prices) <= step:
            now = len(self._exact_prices)
            project = self.funded[now]
            supporters, weights = self.supporters(project)
            died = self.died[supporters]
            full = (died < 0) | (died > now)
            poor = supporters[died == now]
            weight = int(np.count_nonzero(full)) if weights is None else int(weights[full].sum())
            rest = self.election.costs[project] - self._exact_sum(poor, now)
            # At least one supporter always pays in full: a price above the richest holding is never needed.
            assert weight > 0
            self._exact_prices.append(rest / weight)
        return self._exact_prices[step]

    def exact_money_behind(self, project: int) -> Fraction:
        """Return the money a project's supporters hold together now, exactly, in minor units."""
        supporters, _ = self.supporters(project)
        return self._exact_sum(supporters[self.money[supporters] >= 0], len(self.funded))

    def exact_price_of(self, project: int) -> Fraction:
        """Return the price of an affordable project now, exactly, in minor units."""
        supporters, weights = self.supporters(project)
        alive = self.money[supporters] >= 0
        supporters = supporters[alive]
        weights = None if weights is None else weights[alive]
        held = self.money[supporters]
        cost = self.election.costs[project] * self.unit
        slack = self.slack
        total, price, poor_money, full, _ = kernels.share_equally(
            self.money, supporters, weights, cost, 0, ENDLESS
        )
        owed: npt.NDArray[np.int64]
        if total < cost:
            # Certain bounds on the price: the richest supporter per weight pays all but at most the slack.
            per_weight = held if weights is None else held // weights
            low = max(0, int(per_weight.max()) - slack)
            surely_full = np.zeros(len(held), dtype=bool)
        else:
            low = max((cost - poor_money - slack) // full, 0)
            surely_full = held >= price if weights is None else held >= weights * price
        owed = np.full(len(held), low) if weights is None else weights * low
        surely_poor = held + slack < owed
        doubtful = ~(surely_full | surely_poor)
        step = len(self.funded)
        rest = self.election.costs[project] - self._exact_sum(supporters[surely_poor], step)
        weight = int(np.count_nonzero(surely_full)) if weights is None else int(weights[surely_full].sum())
        classes = self._exact_classes(
            supporters[doubtful], None if weights is None else weights[doubtful], step
        )
        weight += sum(u * count for _, u, count in classes)
        for money, u, count in sorted(classes, key=lambda each: each[0] / each[1]):
            if money * weight >= rest * u:
                break
            rest -= money * count
            weight -= u * count
        assert weight > 0
        return rest / weight

    def exact_money_of(self, ballots: npt.NDArray[np.int32]) -> list[Fraction]:
        """Return the exact money each of these ballots holds now, in minor units. For few ballots."""
        values = []
        for ballot in ballots.tolist():
            if self.died[ballot] >= 0:
                values.append(Fraction(0))
            else:
                one = np.array([ballot], dtype=np.int32)
                values.append(self._exact_sum(one, len(self.funded)))
        return values

    def _exact_sum(self, ballots: npt.NDArray[np.int32], step: int) -> Fraction:
        """Sum the exact money of ballots that had some before a step: their shares less what they paid."""
        paid = self._weight_given(ballots)
        total = len(ballots) * self.share
        for earlier, project in enumerate(self.funded[:step]):
            if paid[project]:
                total -= self.exact_price(earlier) * int(paid[project])
        return total

    def _weight_given(self, ballots: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        source = self.election.ballots
        places = kernels.entries_of(source.starts, ballots)
        given = np.zeros(source.n_projects, dtype=np.int64)
        if self._weights is None or source.points is None:
            return np.bincount(source.chosen[places], minlength=source.n_projects)
        np.add.at(given, source.chosen[places], source.points[places])
        return given

    def _exact_classes(
        self, ballots: npt.NDArray[np.int32], weights: Ints | None, step: int
    ) -> list[tuple[Fraction, int, int]]:
        """Group ballots that hold the same by construction: (exact money, weight, how many)."""
        if not len(ballots):
            return []
        source = self.election.ballots
        column = np.full(source.n_projects, -1, dtype=np.int64)
        column[self.funded[:step]] = np.arange(step)
        places = kernels.entries_of(source.starts, ballots)
        rows = np.repeat(np.arange(len(ballots)), source.starts[ballots + 1] - source.starts[ballots])
        columns = column[source.chosen[places]]
        kept = columns >= 0
        paid = np.zeros((len(ballots), step + 1), dtype=np.int32)
        weighted = self._weights is not None and source.points is not None
        paid[rows[kept], columns[kept]] = source.points[places][kept] if weighted else 1  # type: ignore[index]
        paid[:, step] = 1 if weights is None else weights
        kinds, counts = np.unique(paid, axis=0, return_counts=True)
        classes = []
        for kind, count in zip(kinds.tolist(), counts.tolist(), strict=True):
            money = self.share
            for earlier, times in enumerate(kind[:step]):
                if times:
                    money -= self.exact_price(earlier) * times
            classes.append((money, kind[step], count))
        return classes

    # -- buying ------------------------------------------------------------------------------------------

    def buy(self, project: int, low: int, high: int) -> None:
        """Let the supporters of a project pay for it; `low` and `high` bound the price in units."""
        step = len(self.funded)
        supporters, weights = self.supporters(project)
        slack = self.slack
        # A voter is surely poor who holds, rounding included, less than the lowest possible price.
        width = slack + (high - low) * (1 if weights is None else int(weights.max(initial=1)))
        exact: Fraction | None = None
        before = None
        held = kernels.gather(self.money, supporters)
        owed = high if weights is None else weights * high
        close = (held >= 0) & (held < owed) & (held + width >= owed)
        if close.any():
            exact = self.exact_price_of(project)
            before = self._doubtful_dead(
                supporters[close], None if weights is None else weights[close], exact
            )
        paid, n_full, payers, doubtful = kernels.charge(
            self.money, self.died, supporters, held, owed, width, step
        )
        if before is not None and len(before):
            self.money[before] = -1
            self.died[before] = step
            n_full += len(doubtful) - len(before)
        else:
            n_full += len(doubtful)
        self._held -= paid
        self._spent += self.election.costs[project]
        self.funded.append(project)
        self.price_bounds.append((low, high))
        self.payers.append((payers, n_full))

    def _doubtful_dead(
        self, ballots: npt.NDArray[np.int32], weights: Ints | None, price: Fraction
    ) -> npt.NDArray[np.int32]:
        """Of ballots that hold about what they owe, return those that truly hold less."""
        dead = []
        known: dict[tuple[int, ...], bool] = {}
        source = self.election.ballots
        step_of = {project: step for step, project in enumerate(self.funded)}
        owed = [1] * len(ballots) if weights is None else weights.tolist()
        for ballot, weight in zip(ballots.tolist(), owed, strict=True):
            part = slice(source.starts[ballot], source.starts[ballot + 1])
            history = tuple(sorted(step_of[p] for p in source.chosen[part].tolist() if p in step_of))
            key = (weight, *history) if self._weights is None else (ballot,)
            if key not in known:
                money = self.exact_money_of(np.array([ballot], dtype=np.int32))[0]
                known[key] = money < price * weight
            if known[key]:
                dead.append(ballot)
        return np.array(dead, dtype=np.int32)
