"""Count of one frozen ballot style by the round's rule: twice, by independent programs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from enum import Enum
from fractions import Fraction

from core.money import exponent
from voting import tally
from voting.polls import ruleset, second_count
from voting.polls.choices import Entry
from voting.polls.exceptions import CountersDisagree
from voting.rules import RULES, Settings


def election_of(
    ballot_style: ruleset.FrozenBallotStyle,
    rules: ruleset.FrozenRules,
    entries: Iterable[Sequence[Entry]],
    *,
    traits: Mapping[str, Iterable[str]] | None = None,
) -> tally.Election:
    """Return the whole input of a count of one paper. `traits` as in `tally.Election.build`."""
    ballots: list[list[str] | dict[str, int]] = [
        {entry[0]: entry[1] for entry in row if not isinstance(entry, str)}
        if ballot_style.kind.has_points
        else ruleset.codes_of(row)
        for row in entries
    ]
    return tally.Election.build(
        ballot_style.projects.values(),
        ballots,
        budget=ballot_style.budget_minor,
        kind=ballot_style.kind,
        limits=ballot_style.limits,
        traits=traits,
        minor_per_unit=10 ** exponent(rules.currency),
    )


def election_from(
    ballot_style: ruleset.FrozenBallotStyle, rules: ruleset.FrozenRules, ballots: tally.ballots.Ballots
) -> tally.Election:
    """Return the same input from ballots that are packed already."""
    return tally.Election(
        tuple(ballot_style.projects.values()),
        ballots,
        ballot_style.budget_minor,
        ballot_style.kind,
        ballot_style.limits,
        10 ** exponent(rules.currency),
    )


def count(election: tally.Election, rules: ruleset.FrozenRules) -> tally.Outcome:
    """Count by the round's rule. Raises ValueError for a rule that does not decide rounds."""
    rule = RULES[rules.rule]
    if not rule.decides:
        raise ValueError(f"{rules.rule} does not decide rounds")
    return rule.count(election, rules)


def count_otherwise(election: tally.Election, rules: ruleset.FrozenRules) -> list[tally.Outcome]:
    """Count by rules that the round did not choose, for analysis: those compared with any other.

    They are most votes first, and equal shares by cost with the rest spent on most votes first.
    """
    own = RULES[rules.rule].family
    return [
        rule.count(
            election,
            Settings(
                rule=rule.code,
                tie_order=rules.tie_order,
                seed=rules.seed,
                threshold=rules.threshold,
                **rule.alternatives,  # type: ignore[arg-type]  # its own settings, by name
            ),
        )
        for rule in RULES.values()
        if rule.alternatives is not None and rule.family != own
    ]


def require_agreement(outcome: tally.Outcome, again: second_count.Again, about: str) -> None:
    """Raise CountersDisagree unless the second counter has the same result."""
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
