"""Explanations why each project is funded or not. As data.

Each statement is a code, named values for the reader's language, and the same in plain English. Values named
in `MONEY_PARAMS` are money in minor units; `effective_votes` is a Decimal rounded down; the others are counts
or project ids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .distribution import GroupShare, PlaceShare, by_district, by_group
from .election import Election
from .margins import NO_WAY, Margin, RankingMargins
from .outcome import Decision, FundingStep, NotFunded, Outcome, Ranking, Reason, Wording
from .ranking import worth
from .shares_margins import SharesMargins
from .ties import First, TieOrder, TieRule

MONEY_PARAMS = frozenset(
    {"cost", "needed", "left", "budget", "price", "money_behind", "cost_at_most", "topup"}
)

# Steps that are not the rule's own; `Outcome.wording` has the rule's.
_COMPLETED = Wording(
    "with_what_was_left",
    "Funded in step {step} with money left over: it costs {cost}, and {left} was left.",
)
_TOPPED_UP = Wording(
    "topped_up",
    "Funded in step {step} although {topup} of its cost of {cost} was missing; the count ended.",
)
_NOT_FUNDED = {
    Reason.WITHDRAWN: "It was withdrawn.",
    Reason.COSTS_MORE_THAN_BUDGET: "It costs {needed}, more than the whole budget of {budget}.",
    Reason.BELOW_THRESHOLD: "It has a score of {score}; at least {threshold} is needed.",
    Reason.NO_VOTES: "Nobody chose it.",
    Reason.NO_MONEY_LEFT: "It costs {needed}, and only {left} was left when its turn came.",
    Reason.AFTER_FIRST_MISFIT: "The count ended before its turn, at {misfit}, the first that did not fit.",
    Reason.RIVAL_FUNDED: "Only one of it and {rival} can be funded, and {rival} is.",
    Reason.SUPPORTERS_MONEY_SHORT: "It costs {needed}, and its supporters together had {money_behind} left.",
    Reason.COUNT_ENDED_BEFORE: "The count ended when {misfit}, next in turn, did not fit the money left.",
    Reason.NOT_IN_BEST_SET: "It does not belong to the set of projects with the greatest total score.",
}
_CHANGE = {
    "votes_or_cost": "{more_votes} more votes, or a cost of at most {cost_at_most}, would have funded it.",
    "points_or_cost": "{more_votes} more points, or a cost of at most {cost_at_most}, would have funded it.",
    "votes": "{more_votes} more votes would have funded it.",
    "points": "{more_votes} more points would have funded it.",
    "cost": "A cost of at most {cost_at_most} would have funded it.",
    "none": "",
}

Param = int | str | Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence as a code with named values, and in English."""

    code: str
    params: Mapping[str, Param]
    sentence: str


@dataclass(frozen=True, slots=True)
class WhyFunded:
    """The reason why a project is funded. `price` is in minor units, rounded up; None if no price is paid."""

    project: str
    step: int
    reason: Statement
    effective_votes: Decimal | None
    price: int | None


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The reason why a project is not funded, and the smallest change that would have funded it.

    `lost_to` names funded projects that got the money instead: under rankings those taken before it, in
    order; under shares and loads those its supporters chose too, with the number of these supporters, most
    first. `money_behind` is the money its supporters had left (equal shares), `needed` its cost; minor units.
    """

    project: str
    reason: Statement
    needed: int
    money_behind: int | None
    lost_to: tuple[tuple[str, int], ...]
    margin: Margin
    change: Statement


@dataclass(frozen=True, slots=True)
class Explanation:
    """An outcome explained. `by_group` holds a list for each trait kept with the ballots."""

    rule: str
    funded: tuple[WhyFunded, ...]
    not_funded: tuple[WhyNot, ...]
    by_district: tuple[PlaceShare, ...]
    by_group: Mapping[str, tuple[GroupShare, ...]]


def explain(election: Election, outcome: Outcome) -> Explanation:
    """Explain every project of an outcome of this election; funded ones by step, others as on the paper.

    Margins are exact for rankings, and for equal shares hold all shares as counted; under Phragmen and the
    greatest-welfare set only the reasons are given.
    """
    not_funded = sorted(outcome.not_funded, key=lambda each: election.numbers[each.project])
    margins, behind = _margins(election, outcome, not_funded)
    lost_to = _lost_to(election, outcome, not_funded)
    return Explanation(
        rule=outcome.rule,
        funded=tuple(_why_funded(election, outcome, step) for step in outcome.steps),
        not_funded=tuple(
            _why_not(election, each, margins[each.project], behind.get(each.project), lost_to[each.project])
            for each in not_funded
        ),
        by_district=by_district(election, outcome),
        by_group={name: by_group(election, outcome, name) for name in election.ballots.traits},
    )


def amount(election: Election, minor: int) -> str:
    """Write minor units as an amount in the currency's unit, without naming the currency."""
    unit = election.minor_per_unit
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    decimals = len(str(unit)) - 1
    whole = f"{sign}{minor // unit:,}"
    return f"{whole}.{minor % unit:0{decimals}d}" if decimals else whole


def _statement(election: Election, code: str, pattern: str, params: Mapping[str, Param]) -> Statement:
    shown = {
        name: amount(election, int(value)) if name in MONEY_PARAMS else value
        for name, value in params.items()
    }
    return Statement(code, dict(params), pattern.format(**shown))


def _why_funded(election: Election, outcome: Outcome, step: FundingStep) -> WhyFunded:
    params: dict[str, Param] = {
        "step": step.number,
        "score": step.score,
        "votes": step.votes,
        "cost": step.cost,
        "left": step.money_before,
    }
    votes = price = None
    wording = outcome.wording
    if step.decision is Decision.COMPLETED:
        wording = _COMPLETED
    elif step.decision is Decision.TOPPED_UP:
        wording = _TOPPED_UP
        params["topup"] = step.cost - step.money_before
    elif step.price is not None and outcome.ledger is not None:
        low, high = step.price.low, step.price.high
        votes = _rounded_down(step.cost / high, step.cost / low, Decimal("0.01"))
        price = -int(-high // 1)
        if votes is None or price != -int(-low // 1):
            # A float could only guess on which side of the last digit this is.
            exact = outcome.ledger.exact_price(step.number - 1)
            votes = _rounded_down(step.cost / exact, step.cost / exact, Decimal("0.01"))
            price = -int(-exact // 1)
        assert votes is not None
        params |= {"effective_votes": votes, "price": price}
    reason = _statement(election, wording.code, wording.english, params)
    return WhyFunded(step.project, step.number, reason, votes, price)


def _rounded_down(low: Fraction, high: Fraction, to: Decimal) -> Decimal | None:
    """Round down to a decimal place; None if the bounds do not agree on the result."""
    scale = int(1 / to)
    return Decimal(int(low * scale)) / scale if int(low * scale) == int(high * scale) else None


def _why_not(
    election: Election,
    each: NotFunded,
    margin: Margin,
    behind: int | None,
    lost_to: tuple[tuple[str, int], ...],
) -> WhyNot:
    params: dict[str, Param] = dict(each.params)
    needed = election.costs[election.numbers[each.project]]
    if each.reason is Reason.SUPPORTERS_MONEY_SHORT:
        params["money_behind"] = behind or 0
    reason = _statement(election, each.reason.value, _NOT_FUNDED[each.reason], params)
    # Under shares a margin counts voters, whatever points they would give.
    unit = "votes" if election.ballots.points is None or behind is not None else "points"
    change: dict[str, Param] = {}
    if margin.more_votes is not None:
        change["more_votes"] = margin.more_votes
    if margin.cost_at_most is not None:
        change["cost_at_most"] = margin.cost_at_most
    if len(change) == 2:
        code = f"{unit}_or_cost"
    elif change:
        code = unit if "more_votes" in change else "cost"
    else:
        code = "none"
    return WhyNot(
        project=each.project,
        reason=reason,
        needed=needed,
        money_behind=behind,
        lost_to=lost_to,
        margin=margin,
        change=_statement(election, code, _change_pattern(code, margin), change),
    )


def _change_pattern(code: str, margin: Margin) -> str:
    pattern = _CHANGE[code]
    return pattern if margin.more_votes != 1 else re.sub("more (vote|point)s", r"more \1", pattern)


def _margins(
    election: Election, outcome: Outcome, not_funded: Sequence[NotFunded]
) -> tuple[dict[str, Margin], dict[str, int]]:
    parameters = outcome.parameters
    order = TieOrder(election, TieRule(First(str(parameters["tie"])), str(parameters["seed"])))
    threshold = int(str(parameters["threshold"]))
    numbers = {each.project: election.numbers[each.project] for each in not_funded}
    margins = dict.fromkeys(numbers, NO_WAY)
    open_ones = [each.project for each in not_funded if each.reason is not Reason.WITHDRAWN]
    eligible = [
        p for p in order.order if election.scores[p] >= threshold and not election.projects[p].withdrawn
    ]
    if outcome.ranking is not None:
        ratio = parameters.get("topup_ratio")
        ranking = RankingMargins(
            election,
            order,
            _ranked(election, eligible, outcome.ranking),
            money=election.budget,
            per_cost=outcome.ranking is Ranking.SCORE_PER_COST,
            threshold=threshold,
            stop=bool(parameters.get("stop_at_first_misfit")),
            topup_ratio=ratio if isinstance(ratio, Fraction) else None,
        )
        return margins | {id: ranking.of(numbers[id]) for id in open_ones}, {}
    if outcome.ledger is None:
        return margins, {}
    ledger = outcome.ledger
    asked = [id for id in open_ones if election.scores[numbers[id]] >= threshold]
    shares = SharesMargins(election, ledger, order)
    found = shares.of_all([numbers[id] for id in asked])
    margins |= {id: found[numbers[id]] for id in asked}
    if parameters["completion"]:
        bought = set(ledger.funded)
        rest = [p for p in eligible if p not in bought and election.votes[p]]
        completion = RankingMargins(
            election,
            order,
            _ranked(election, rest, Ranking.SCORE),
            money=election.budget - sum(election.costs[p] for p in ledger.funded),
            taken=[election.projects[p].exclusion_group for p in ledger.funded],
        )
        for id in asked:
            further = completion.of(numbers[id])
            if election.ballots.points is not None:
                # The ranking would ask for points, which cannot be weighed against votes.
                further = Margin(None, further.cost_at_most)
            margins[id] = margins[id].easier(further)
    return margins, {id: shares.money_behind[numbers[id]] for id in asked}


def _ranked(election: Election, projects: Sequence[int], ranking: Ranking) -> list[int]:
    return sorted(projects, key=lambda p: worth(election, p, ranking), reverse=True)


def _lost_to(
    election: Election, outcome: Outcome, not_funded: Sequence[NotFunded]
) -> dict[str, tuple[tuple[str, int], ...]]:
    """Name, for each project not funded, the funded ones that took the money, with shared supporters."""
    if not not_funded or not outcome.funded:
        return {each.project: () for each in not_funded}
    marks = np.zeros(-(-len(election.ballots) // 64) * 64, dtype=bool)
    funded = np.stack([_supporter_bits(election, election.numbers[id], marks) for id in outcome.funded])
    lost: dict[str, tuple[tuple[str, int], ...]] = {}
    for each in not_funded:
        number = election.numbers[each.project]
        mine = _supporter_bits(election, number, marks)
        shared = np.bitwise_count(funded & mine).sum(axis=1, dtype=np.int64).tolist()
        pairs = list(zip(outcome.funded, shared, strict=True))
        if outcome.ranking is not None:
            value = worth(election, number, outcome.ranking)
            pairs = [
                (id, count)
                for id, count in pairs
                if worth(election, election.numbers[id], outcome.ranking) >= value
            ]
        else:
            pairs = sorted((pair for pair in pairs if pair[1]), key=lambda pair: -pair[1])
        lost[each.project] = tuple(pairs) if each.reason is not Reason.WITHDRAWN else ()
    return lost


def _supporter_bits(election: Election, project: int, marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """One bit per ballot, set for the supporters of a project. `marks` is all False, before and after."""
    supporters = election.ballots.supporters(project)
    marks[supporters] = True
    bits = np.packbits(marks).view(np.uint64)
    marks[supporters] = False
    return bits
