"""Greatest welfare: the affordable set of projects with the highest total score. For analysis only.

No city decides by this rule: it spends on the majority. It shows what the other rules leave on the table.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from importlib import import_module
from itertools import accumulate
from types import ModuleType

from .election import Election
from .outcome import Decision, FundingStep, NotFunded, Outcome, Reason, Wording, record
from .ranking import greedy, never_funded
from .ties import TieOrder, TieRule

_IN_BEST_SET = Wording("in_best_set", "It belongs to the set of projects with the greatest total score.")


def max_welfare(election: Election, *, tie: TieRule | None = None, threshold: int = 0) -> Outcome:
    """Return the affordable set of projects with the greatest total score, marked as analysis only.

    Of several best sets the cheapest; of several of those the one with the project that comes first in the
    tie order, where they differ. A first good set comes from the HiGHS solver if `highspy` is installed,
    otherwise from greedy; the best is then proved in whole numbers, by dynamic programming over undominated
    sets, so the solver changes the time and never the answer. Time grows with the number of undominated sets:
    well under a second for city elections, exponential at worst.

    Source: Nemhauser and Ullmann, "Discrete dynamic programming and capital allocation" (1969).
    """
    order = TieOrder(election, tie or TieRule())
    out = never_funded(election, threshold)
    items = [p for p in order.order if p not in out and election.scores[p] > 0]
    items = [p for p in items if election.costs[p] <= election.budget]
    start = greedy(election, tie=tie, threshold=threshold)
    known = sum(max(0, election.scores[election.numbers[id]]) for id in start.funded)
    solver = _solver()
    if solver is not None and items:
        known = max(known, _solve(solver, election, items))
    best = _best_set(election, items, order, known)
    steps: list[FundingStep] = []
    money = election.budget
    for number in sorted(best, key=lambda p: (-election.scores[p], order.rank[p])):
        step = FundingStep(
            number=len(steps) + 1,
            project=election.ids[number],
            decision=Decision.FUNDED,
            cost=election.costs[number],
            votes=election.votes[number],
            score=election.scores[number],
            money_before=money,
            money_after=money - election.costs[number],
        )
        money = step.money_after
        steps.append(step)
    not_funded = list(out.values())
    for number, id in enumerate(election.ids):
        if number not in best and number not in out:
            params: dict[str, int | str] = {
                "needed": election.costs[number],
                "left": money,
                "budget": election.budget,
            }
            over = election.costs[number] > election.budget
            reason = Reason.COSTS_MORE_THAN_BUDGET if over else Reason.NOT_IN_BEST_SET
            not_funded.append(NotFunded(id, reason, params))
    return record(
        election,
        order,
        rule="max-welfare",
        parameters={"threshold": threshold},
        steps=steps,
        not_funded=not_funded,
        ties=[],
        wording=_IN_BEST_SET,
        analysis_only=True,
    )


def _best_set(election: Election, items: Sequence[int], order: TieOrder, known: int) -> set[int]:
    """Find the best set, given that a total score of `known` can be had."""
    costs, scores = election.costs, election.scores
    groups: dict[str, list[int]] = {}
    for p in items:
        groups.setdefault(election.projects[p].exclusion_group or f"\0{p}", []).append(p)
    lots = sorted(
        groups.values(), key=lambda lot: max(Fraction(scores[p], costs[p]) for p in lot), reverse=True
    )
    # A set is (cost, score, mask); in the mask an earlier project in the order among equals is a higher bit.
    bit = {p: 1 << (len(order.rank) - 1 - order.rank[p]) for p in items}
    sets = [(0, 0, 0)]
    for place, lot in enumerate(lots):
        after = [p for later in lots[place + 1 :] for p in later]
        after.sort(key=lambda p: Fraction(scores[p], costs[p]), reverse=True)
        sum_cost = list(accumulate((costs[p] for p in after), initial=0))
        sum_score = list(accumulate((scores[p] for p in after), initial=0))
        longer = [
            (cost + costs[p], score + scores[p], mask | bit[p])
            for p in lot
            for cost, score, mask in sets
            if cost + costs[p] <= election.budget
        ]
        kept: list[tuple[int, int, int]] = []
        for cost, score, mask in sorted(sets + longer, key=lambda each: (each[0], -each[1], -each[2])):
            if kept and score <= kept[-1][1]:
                continue
            # No completion is worth more than filling the rest of the money by score per cost.
            room = election.budget - cost
            whole = bisect_right(sum_cost, room) - 1
            bound = score + sum_score[whole]
            if whole < len(after):
                bound += (room - sum_cost[whole]) * scores[after[whole]] // costs[after[whole]]
            if bound >= known:
                kept.append((cost, score, mask))
        sets = kept
    _, _, mask = max(sets, key=lambda each: (each[1], -each[0], each[2]), default=(0, 0, 0))
    return {p for p in items if mask & bit[p]}


def _solver() -> ModuleType | None:
    try:
        return import_module("highspy")
    except ImportError:
        return None


def _solve(highspy: ModuleType, election: Election, items: Sequence[int]) -> int:
    """Let HiGHS propose a set; return its score recounted in whole numbers, or 0 if it does not fit."""
    model = highspy.Highs()
    model.silent()
    take = {p: model.addBinary(obj=float(election.scores[p])) for p in items}
    model.addConstr(sum(election.costs[p] * take[p] for p in items) <= election.budget)
    groups: dict[str, list[int]] = {}
    for p in items:
        if election.projects[p].exclusion_group:
            groups.setdefault(election.projects[p].exclusion_group, []).append(p)
    for rivals in groups.values():
        model.addConstr(sum(take[p] for p in rivals) <= 1)
    model.maximize()
    values = model.getSolution().col_value
    chosen = [p for p, value in zip(items, values, strict=True) if value > 0.5]
    fits = sum(election.costs[p] for p in chosen) <= election.budget
    alone = all(sum(p in chosen for p in rivals) <= 1 for rivals in groups.values())
    return sum(election.scores[p] for p in chosen) if fits and alone else 0
