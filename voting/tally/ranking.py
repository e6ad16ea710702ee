"""Rules that walk down one ranking and take what fits: greedy and votes per cost."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import groupby

from .election import Election
from .outcome import Decision, FundingStep, NotFunded, Outcome, Ranking, Reason, Tie, Value, Wording, record
from .ties import TieOrder, TieRule

_WORDINGS = {
    Ranking.SCORE: Wording(
        "by_score", "Funded in step {step} with a score of {score}: it costs {cost}, and {left} was left."
    ),
    Ranking.SCORE_PER_COST: Wording(
        "by_score_per_cost",
        "Funded in step {step} for a score of {score} at a cost of {cost}; {left} was left.",
    ),
}


def greedy(
    election: Election,
    *,
    tie: TieRule | None = None,
    threshold: int = 0,
    stop_at_first_misfit: bool = False,
    topup_ratio: Fraction | None = None,
) -> Outcome:
    """Fund projects from the highest score down, taking each that the money left can pay for.

    Projects scoring below `threshold` are out. With `stop_at_first_misfit` the first project that does not
    fit ends the count. With `topup_ratio` the first that does not fit is funded all the same if the money
    left is at least that share of its cost, the missing money being recorded, and the count ends there.
    Withdrawn projects are passed over. Of an exclusion group the first taken blocks the others.
    Exact; one pass over the ballots, then O(m log m) for m projects.

    The rule of nearly all cities; variants as practised in Gdynia (stop) and Poznan (80 % top-up).
    """
    parameters: dict[str, Value] = {
        "threshold": threshold,
        "stop_at_first_misfit": stop_at_first_misfit,
        "topup_ratio": topup_ratio,
    }
    return _walk_down(
        election,
        "greedy",
        parameters,
        TieOrder(election, tie or TieRule()),
        ranking_by=Ranking.SCORE,
        threshold=threshold,
        stop=stop_at_first_misfit,
        topup_ratio=topup_ratio,
    )


def votes_per_cost(election: Election, *, tie: TieRule | None = None, threshold: int = 0) -> Outcome:
    """Fund projects from the highest score per cost down, taking each that the money left can pay for.

    Ratios are compared as exact fractions. Threshold, withdrawn projects and exclusion groups as in `greedy`.
    """
    return _walk_down(
        election,
        "votes-per-cost",
        {"threshold": threshold},
        TieOrder(election, tie or TieRule()),
        ranking_by=Ranking.SCORE_PER_COST,
        threshold=threshold,
    )


def never_funded(election: Election, threshold: int) -> dict[int, NotFunded]:
    """Return the projects that no count may fund, by number, with the reason; every rule starts with this."""
    out: dict[int, NotFunded] = {}
    for number, project in enumerate(election.projects):
        score = election.scores[number]
        if project.withdrawn:
            out[number] = NotFunded(project.id, Reason.WITHDRAWN, {})
        elif score < threshold:
            out[number] = NotFunded(
                project.id, Reason.BELOW_THRESHOLD, {"score": score, "threshold": threshold}
            )
    return out


def ties_in(ranking: list[int], value: Callable[[int], Fraction | int], order: TieOrder) -> list[list[int]]:
    """Return the runs of two or more equals in a ranking."""
    runs = (list(run) for _, run in groupby(ranking, key=value))
    return [run for run in runs if len(run) > 1]


def _walk_down(
    election: Election,
    rule: str,
    parameters: dict[str, Value],
    order: TieOrder,
    *,
    ranking_by: Ranking,
    threshold: int = 0,
    stop: bool = False,
    topup_ratio: Fraction | None = None,
) -> Outcome:
    def value(p: int) -> Fraction | int:
        return worth(election, p, ranking_by)

    out = never_funded(election, threshold)
    ranking = sorted((p for p in order.order if p not in out), key=value, reverse=True)
    steps: list[FundingStep] = []
    not_funded = list(out.values())
    topup = take_in_order(
        election,
        ranking,
        steps,
        not_funded,
        money=election.budget,
        taken_groups={},
        decision=Decision.FUNDED,
        stop=stop,
        topup_ratio=topup_ratio,
    )
    ids = election.ids
    step_of = {step.project: step.number for step in steps}
    ties = [
        Tie(
            min((step_of[ids[p]] for p in run if ids[p] in step_of), default=0),
            tuple(ids[p] for p in run),
            order.decided_by(run[0], run[1]),
        )
        for run in ties_in(ranking, value, order)
    ]
    return record(
        election,
        order,
        rule=rule,
        parameters=parameters,
        steps=steps,
        not_funded=not_funded,
        ties=ties,
        wording=_WORDINGS[ranking_by],
        ranking=ranking_by,
        topup=topup,
    )


def worth(election: Election, project: int, ranking: Ranking) -> Fraction | int:
    """Return what a ranking compares of a project, exactly."""
    score = election.scores[project]
    return Fraction(score, election.costs[project]) if ranking is Ranking.SCORE_PER_COST else score


def take_in_order(
    election: Election,
    ranking: list[int],
    steps: list[FundingStep],
    not_funded: list[NotFunded],
    *,
    money: int,
    taken_groups: dict[str, str],
    decision: Decision,
    stop: bool = False,
    topup_ratio: Fraction | None = None,
) -> int:
    """Walk down a ranking with some money, adding to `steps` and `not_funded`; return the top-up needed.

    `taken_groups` maps exclusion groups that are already used to the project that used them.
    """
    topup = 0
    misfit = ""
    for number in ranking:
        project = election.projects[number]
        if misfit:
            not_funded.append(
                NotFunded(
                    project.id,
                    Reason.AFTER_FIRST_MISFIT,
                    {"needed": project.cost, "left": money, "misfit": misfit},
                )
            )
            continue
        if project.exclusion_group and project.exclusion_group in taken_groups:
            rival = taken_groups[project.exclusion_group]
            not_funded.append(NotFunded(project.id, Reason.RIVAL_FUNDED, {"rival": rival}))
            continue
        made = decision
        before = money
        if project.cost > money:
            ends = stop or topup_ratio is not None
            if topup_ratio is None or money < topup_ratio * project.cost:
                over = project.cost > election.budget
                not_funded.append(
                    NotFunded(
                        project.id,
                        Reason.COSTS_MORE_THAN_BUDGET if over else Reason.NO_MONEY_LEFT,
                        {"needed": project.cost, "left": money, "budget": election.budget},
                    )
                )
                misfit = project.id if ends else ""
                continue
            topup = project.cost - money
            money = project.cost
            made = Decision.TOPPED_UP
            misfit = project.id
        money -= project.cost
        if project.exclusion_group:
            taken_groups[project.exclusion_group] = project.id
        steps.append(
            FundingStep(
                number=len(steps) + 1,
                project=project.id,
                decision=made,
                cost=project.cost,
                votes=election.votes[number],
                score=election.scores[number],
                money_before=before,
                money_after=money,
            )
        )
    return topup
