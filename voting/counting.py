"""Counting one frozen ballot paper by the round's rule: once here, once by somebody else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from enum import Enum
from fractions import Fraction

from rounds.money import exponent
from voting import frozen, second_count, tally
from voting.exceptions import CountersDisagree
from voting.sealing import Entry


def election_of(
    paper: frozen.Paper,
    rules: frozen.Rules,
    entries: Iterable[Sequence[Entry]],
    *,
    traits: Mapping[str, Iterable[str]] | None = None,
) -> tally.Election:
    """Return the whole input of a count of one paper. `traits` as in `tally.Election.build`."""
    ballots: list[list[str] | dict[str, int]] = [
        {entry[0]: entry[1] for entry in row if not isinstance(entry, str)}
        if paper.kind.has_points
        else frozen.codes_of(row)
        for row in entries
    ]
    return tally.Election.build(
        paper.projects.values(),
        ballots,
        budget=paper.budget_minor,
        kind=paper.kind,
        limits=paper.limits,
        traits=traits,
        minor_per_unit=10 ** exponent(rules.currency),
    )


def election_from(paper: frozen.Paper, rules: frozen.Rules, ballots: tally.ballots.Ballots) -> tally.Election:
    """Return the same input from ballots that are packed already."""
    return tally.Election(
        tuple(paper.projects.values()),
        ballots,
        paper.budget_minor,
        paper.kind,
        paper.limits,
        10 ** exponent(rules.currency),
    )


def count(election: tally.Election, rules: frozen.Rules) -> tally.Outcome:
    """Count by the round's rule. Raises ValueError for a rule that does not decide rounds."""
    tie = tally.TieRule(tally.First(rules.tie_order), rules.seed)
    if rules.rule == "greedy":
        return tally.greedy(
            election,
            tie=tie,
            threshold=rules.threshold,
            stop_at_first_misfit=rules.stops_at_first_misfit,
            topup_ratio=None if rules.topup_percent is None else Fraction(rules.topup_percent, 100),
        )
    if rules.rule == "votes-per-cost":
        return tally.votes_per_cost(election, tie=tie, threshold=rules.threshold)
    if rules.rule == "phragmen":
        return tally.phragmen(election, tie=tie, threshold=rules.threshold)
    if rules.rule == "equal-shares":
        return tally.equal_shares(
            election,
            tie=tie,
            utility=tally.Utility(rules.utility),
            threshold=rules.threshold,
            completion=rules.completion,
            comparison=rules.comparison,
        )
    if rules.rule == "equal-shares-add1":
        return tally.equal_shares_add1(
            election,
            tie=tie,
            utility=tally.Utility(rules.utility),
            threshold=rules.threshold,
            step=rules.step_minor,
            completion=rules.completion,
            comparison=rules.comparison,
        )
    raise ValueError(f"{rules.rule} does not decide rounds")


def count_otherwise(election: tally.Election, rules: frozen.Rules) -> list[tally.Outcome]:
    """Count by the rules that the round did not choose, for analysis: most votes first, and equal shares.

    Equal shares by cost, with what is left over spent on most votes first. Of these two, a round that is
    counted by one is set beside the other.
    """
    tie = tally.TieRule(tally.First(rules.tie_order), rules.seed)
    others = []
    if rules.rule != "greedy":
        others.append(tally.greedy(election, tie=tie, threshold=rules.threshold))
    if rules.rule not in ("equal-shares", "equal-shares-add1"):
        others.append(tally.equal_shares(election, tie=tie, threshold=rules.threshold, completion=True))
    return others


def require_agreement(outcome: tally.Outcome, again: second_count.Again, about: str) -> None:
    """Raise CountersDisagree unless the second counter has come to the same."""
    if (again.votes, again.scores, again.funded) != (
        dict(outcome.votes),
        dict(outcome.scores),
        list(outcome.funded),
    ):
        raise CountersDisagree(about)


def plain(outcome: tally.Outcome) -> dict[str, object]:
    """Return an outcome as JSON values, without the scratch work; fractions as "3/4"."""

    def value(item: object) -> object:
        if isinstance(item, Fraction):
            return str(item)
        return item.value if isinstance(item, Enum) else item

    def fields(row: object) -> dict[str, object]:
        return {
            name: {k: value(v) for k, v in item.items()} if isinstance(item, dict) else value(item)
            for name, item in asdict(row).items()  # type: ignore[call-overload]
            if item is not None
        }

    return {
        "rule": outcome.rule,
        "parameters": {name: value(item) for name, item in outcome.parameters.items()},
        "voters": outcome.voters,
        "budget": outcome.budget,
        "cost": outcome.cost,
        "left": outcome.left,
        "topup": outcome.topup,
        "funded": list(outcome.funded),
        "steps": [fields(step) for step in outcome.steps],
        "not_funded": [fields(row) for row in outcome.not_funded],
        "votes": dict(outcome.votes),
        "scores": dict(outcome.scores),
        "ties": [fields(tie) for tie in outcome.ties],
        "tie_order": list(outcome.tie_order),
        "lots": dict(outcome.lots),
    }
