"""The method of equal shares, exactly; with raised shares, completion and comparison.

`ledger` keeps the voters' money. Here projects are bought in their order, and what is left is spent.

Source: Peters, Pierczynski and Skowron, "Proportional Participatory Budgeting with Additive Utilities"
(NeurIPS 2021); Add1 and completion as defined at equalshares.net.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from . import kernels
from .election import Election
from .ledger import ENDLESS, Ledger, Utility
from .outcome import (
    Decision,
    FundingStep,
    NotFunded,
    Outcome,
    Price,
    Progress,
    Reason,
    Tie,
    Value,
    Wording,
    record,
)
from .ranking import greedy, never_funded, take_in_order
from .ties import TieOrder, TieRule

Ints = npt.NDArray[np.int64]

# Worth of a project is compared as whole numbers of 2**-_WORTH_BITS.
_WORTH_BITS = 80
_BOUGHT = Wording(
    "by_equal_shares",
    "Funded in step {step} with {effective_votes} effective votes:"
    " each of its supporters paid at most {price}.",
)
_BOUGHT_PER_POINT = Wording(
    "by_equal_shares_per_point",
    "Funded in step {step}: each of its supporters paid at most {price} for each point they gave it.",
)


@dataclass(frozen=True, slots=True)
class _Bid:
    """A project's offer in this round: value per money between two bounds, and the price behind them."""

    project: int
    worth_low: int
    worth_high: int
    price_low: int
    price_high: int
    beaten: bool


def _run(
    election: Election,
    share: Fraction,
    utility: Utility,
    order: TieOrder,
    out: dict[int, NotFunded],
    progress: Progress | None = None,
) -> Ledger:
    """Buy projects with equal shares until nobody can afford another."""
    ledger = Ledger(election, share, utility)
    costs = election.costs
    worth = costs if utility is Utility.COST else (1,) * len(costs)
    weights = election.ballots.points_given.tolist() if utility is Utility.POINTS else election.votes
    shift = ledger.unit << _WORTH_BITS

    def most_worth(project: int, price: int) -> int:
        return worth[project] * shift // price + 1 if price > 0 else ENDLESS

    # Before anybody has paid, all supporters pay the same, so worth follows from the count of votes.
    heap = []
    for project, weight in enumerate(weights):
        if project in out:
            continue
        if election.votes[project] * share < costs[project] or weight <= 0:
            ledger.unaffordable_at[project] = 0
            continue
        heap.append((-most_worth(project, costs[project] * ledger.unit // weight), project))
    heapq.heapify(heap)
    blocked: set[str] = set()
    while heap:
        bids: list[_Bid] = []
        best = -1
        while heap and -heap[0][0] >= best:
            _, project = heapq.heappop(heap)
            if election.projects[project].exclusion_group in blocked:
                continue
            # Above this price the project is certainly worth less than the best bid.
            most = worth[project] * shift // best + ledger.slack + 2 if best > 0 else ENDLESS
            bounds = ledger.price_bounds_of(project, most)
            if bounds is None:
                ledger.unaffordable_at[project] = len(ledger.funded)
                continue
            low, high = bounds
            worth_low = worth[project] * shift // high
            bids.append(_Bid(project, worth_low, most_worth(project, low), low, high, high > most))
            if high <= most:
                best = max(best, worth_low)
        contenders = [bid for bid in bids if bid.worth_high >= best and not bid.beaten]
        if not contenders:
            break
        winner = contenders[0] if len(contenders) == 1 else _best(ledger, contenders, worth, order)
        for bid in bids:
            if bid is not winner:
                heapq.heappush(heap, (-bid.worth_high, bid.project))
        ledger.buy(winner.project, winner.price_low, winner.price_high)
        group = election.projects[winner.project].exclusion_group
        if group:
            blocked.add(group)
        if progress:
            progress(len(ledger.funded), 0)
    return ledger


def _best(ledger: Ledger, contenders: list[_Bid], worth: tuple[int, ...], order: TieOrder) -> _Bid:
    """Decide with exact fractions among bids that the bounds leave open; note true ties."""
    exact = {bid.project: worth[bid.project] / ledger.exact_price_of(bid.project) for bid in contenders}
    best = max(exact.values())
    equals = sorted((p for p, value in exact.items() if value == best), key=order.rank.__getitem__)
    if len(equals) > 1:
        ledger.ties.append((len(ledger.funded) + 1, equals))
    return next(bid for bid in contenders if bid.project == equals[0])


def equal_shares(
    election: Election,
    *,
    tie: TieRule | None = None,
    utility: Utility = Utility.COST,
    threshold: int = 0,
    completion: bool = False,
    comparison: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Fund projects by the method of equal shares, the budget split evenly per voter.

    Each round funds the project with the most effective votes (cost utility; with cardinality or points
    utility the lowest price, per point); its supporters pay equally, or all they have. Ends when no
    supporters can pay for another, usually with money left: `completion` spends it greedily. `comparison`
    answers with the greedy outcome instead if strictly more voters have more funded projects they chose.
    Points utility needs ballots with points. Exact; memory for two numbers per voter and one per entry.
    """
    order = TieOrder(election, tie or TieRule())
    out = _out_of_shares(election, utility, threshold)
    ledger = _run(election, Fraction(election.budget, max(election.voters, 1)), utility, order, out, progress)
    parameters: dict[str, Value] = {"utility": utility.value, "threshold": threshold}
    return _finish(election, "equal-shares", parameters, ledger, order, out, completion, comparison)


def equal_shares_add1(
    election: Election,
    *,
    tie: TieRule | None = None,
    utility: Utility = Utility.COST,
    threshold: int = 0,
    step: int | None = None,
    stop_when_exhaustive: bool = False,
    completion: bool = False,
    comparison: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    """Fund projects by equal shares with shares raised until the next raise would overspend.

    Shares start at the whole currency units in budget / voters and grow by `step` minor units (default one
    currency unit). The outcome is that of the last raise before the first one that costs more than the
    budget, however the cost moves in between; no shortcut is taken. `stop_when_exhaustive` ends earlier, at
    the first outcome after which no further project fits. Everything affordable together is all funded.
    `completion` and `comparison` as in `equal_shares`.
    """
    step = step or election.minor_per_unit
    if step < 1:
        raise ValueError("The step of a raise is at least one minor unit.")
    order = TieOrder(election, tie or TieRule())
    out = _out_of_shares(election, utility, threshold)
    unit = election.minor_per_unit
    voters = max(election.voters, 1)
    base = election.budget // (voters * unit) * unit
    candidates = [p for p in range(len(election.projects)) if p not in out]
    # With this much each, every project that anybody chose can be bought by one voter alone.
    plenty = sum(election.costs)
    ledger = _run(election, Fraction(base), utility, order, out)
    raises = 0
    while True:
        cost = sum(election.costs[p] for p in ledger.funded)
        left = election.budget - cost
        rest = [p for p in candidates if p not in ledger.funded]
        if not rest or base + raises * step > plenty:
            break
        if stop_when_exhaustive and not any(election.costs[p] <= left for p in rest):
            break
        trial = _run(election, Fraction(base + (raises + 1) * step), utility, order, out)
        if sum(election.costs[p] for p in trial.funded) > election.budget:
            break
        ledger, raises = trial, raises + 1
        if progress:
            progress(raises, 0)
    parameters: dict[str, Value] = {
        "utility": utility.value,
        "threshold": threshold,
        "step": step,
        "stop_when_exhaustive": stop_when_exhaustive,
        "share": base + raises * step,
        "raises": raises,
    }
    return _finish(election, "equal-shares-add1", parameters, ledger, order, out, completion, comparison)


def practical_step(election: Election) -> int:
    """Suggest a raise for Add1 if one currency unit is too small to count with, as with won or dong.

    The largest power of ten units of the currency that is at most a thousandth of the first share, and at
    least one unit. A round publishes its step before the vote; this only helps to choose it.
    """
    thousandth = election.budget // (max(election.voters, 1) * 1000 * election.minor_per_unit)
    return int(election.minor_per_unit * 10 ** max(0, len(str(thousandth)) - 1))


def _out_of_shares(election: Election, utility: Utility, threshold: int) -> dict[int, NotFunded]:
    if utility is Utility.POINTS and election.ballots.points is None:
        raise ValueError("Points utility needs ballots with points.")
    if utility is Utility.POINTS and int(election.ballots.points.min(initial=0)) < 0:  # type: ignore[union-attr]
        raise ValueError("Points utility needs points that are not negative.")
    out = never_funded(election, threshold)
    for number, project in enumerate(election.projects):
        if number not in out and not election.votes[number]:
            out[number] = NotFunded(project.id, Reason.NO_VOTES, {})
    return out


def _finish(
    election: Election,
    rule: str,
    parameters: dict[str, Value],
    ledger: Ledger,
    order: TieOrder,
    out: dict[int, NotFunded],
    completion: bool,
    comparison: bool,
) -> Outcome:
    """Turn a finished ledger into an outcome; then, as asked, complete and compare."""
    ids, costs = election.ids, election.costs
    steps = []
    money = election.budget
    for number, project in enumerate(ledger.funded):
        low, high = ledger.price_bounds[number]
        payers, full = ledger.payers[number]
        steps.append(
            FundingStep(
                number=number + 1,
                project=ids[project],
                decision=Decision.FUNDED,
                cost=costs[project],
                votes=election.votes[project],
                score=election.scores[project],
                money_before=money,
                money_after=money - costs[project],
                price=Price(Fraction(low, ledger.unit), Fraction(high, ledger.unit), payers, full),
            )
        )
        money -= costs[project]
    not_funded = list(out.values())
    taken = {
        election.projects[p].exclusion_group: ids[p]
        for p in ledger.funded
        if election.projects[p].exclusion_group
    }
    rest = [p for p in range(len(ids)) if p not in out and p not in set(ledger.funded)]
    if completion:
        ranking = sorted(rest, key=lambda p: (-election.scores[p], order.rank[p]))
        take_in_order(
            election,
            ranking,
            steps,
            not_funded,
            money=money,
            taken_groups=taken,
            decision=Decision.COMPLETED,
        )
    else:
        not_funded += [_not_bought(election, p, taken, ledger) for p in rest]
    parameters = {**parameters, "completion": completion, "comparison": comparison}
    outcome = record(
        election,
        order,
        rule=rule,
        parameters=parameters,
        steps=steps,
        not_funded=not_funded,
        ties=[
            Tie(step, tuple(ids[p] for p in equals), order.decided_by(equals[0], equals[1]))
            for step, equals in ledger.ties
        ],
        wording=_BOUGHT_PER_POINT if parameters["utility"] == Utility.POINTS.value else _BOUGHT,
        ledger=ledger,
    )
    if not comparison:
        return outcome
    other = greedy(election, tie=order.rule, threshold=int(str(parameters["threshold"])))
    more, fewer = preferences(election, other, outcome)
    verdict: dict[str, Value] = {
        "voters_better_off_with_greedy": more,
        "voters_better_off_with_shares": fewer,
    }
    if more > fewer:
        return replace(other, rule=rule, parameters={**outcome.parameters, **verdict, "answered": "greedy"})
    return replace(outcome, parameters={**outcome.parameters, **verdict, "answered": "equal-shares"})


def _not_bought(election: Election, project: int, taken: dict[str, str], ledger: Ledger) -> NotFunded:
    line = election.projects[project]
    if line.exclusion_group in taken:
        return NotFunded(line.id, Reason.RIVAL_FUNDED, {"rival": taken[line.exclusion_group]})
    step = ledger.unaffordable_at[project]
    return NotFunded(line.id, Reason.SUPPORTERS_MONEY_SHORT, {"needed": line.cost, "after_step": step})


def preferences(election: Election, first: Outcome, second: Outcome) -> tuple[int, int]:
    """Count voters with more funded projects they chose under the first outcome, and under the second."""
    difference = kernels.sum_marks(
        election.ballots.starts, election.ballots.chosen, _marks(election, first) - _marks(election, second)
    )
    return int(np.count_nonzero(difference > 0)), int(np.count_nonzero(difference < 0))


def _marks(election: Election, outcome: Outcome) -> npt.NDArray[np.int64]:
    marks = np.zeros(len(election.projects), dtype=np.int64)
    marks[[election.numbers[id] for id in outcome.funded]] = 1
    return marks
