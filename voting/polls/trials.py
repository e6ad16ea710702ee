"""Trying a round's rules before it opens, on ballots that nobody cast. Nothing here is stored.

Made-up ballots follow one simple model, so that an officer sees what a rule does, not what residents want:
every project has an appeal drawn at random (log-normal, sigma 0.8); every voter chooses a random number of
projects between the fewest and the most, drawn without putting back in proportion to their appeal, and
leaves out what would break the rules of the paper. The seed is shown, so anybody can make them again.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from voting import tally
from voting.polls.choices import Entry
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules, codes_of
from voting.rules import RULES, Settings

MOST_BALLOTS = 5_000
# The most choices of simulated voters if a style has no maximum.
_PICKS = 10


@dataclass(frozen=True, slots=True)
class Result:
    """The projects that one rule would fund.

    `represented` counts ballots with a funded project among their choices.
    """

    rule: str
    is_own: bool
    funded: frozenset[str]
    cost: int
    left: int
    represented: int


@dataclass(frozen=True, slots=True)
class TriedProject:
    """A project with its score on the tried ballots, and the rules that would fund it, in order."""

    code: str
    name: str
    cost: int
    score: int
    funded: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: results in the order of the rules, projects by score, the highest first."""

    n_ballots: int
    budget: int
    results: tuple[Result, ...]
    projects: tuple[TriedProject, ...]

    @property
    def n_disputed(self) -> int:
        """Projects that some of the rules would fund and others would not."""
        return sum(len(set(project.funded)) > 1 for project in self.projects)


def made_up_ballots(ballot_style: FrozenBallotStyle, n: int, seed: str) -> list[list[Entry]]:
    """Return n simulated ballots of the style, as the module describes; the same for the same seed.

    Each could be cast. Fewer than n if the style's rules leave none that could be.
    """
    # Never for secrets: a trial has to be repeatable.
    chance = random.Random(f"{seed}|{ballot_style.number}|{n}")  # noqa: S311
    appeal = {code: chance.lognormvariate(0, 0.8) for code in ballot_style.options}
    fewest = max(ballot_style.min_choices, 1)
    most = max(min(ballot_style.max_choices or _PICKS, len(ballot_style.options)), fewest)
    ballots = []
    for _attempt in range(2 * n):
        order = sorted(
            ballot_style.options, key=lambda code: chance.random() ** (1 / appeal[code]), reverse=True
        )
        entries = _fitting(ballot_style, order, chance.randint(fewest, most))
        if ballot_style.kind.has_points:
            entries = _with_points(ballot_style, codes_of(entries), chance)
        if not ballot_style.problems(ballot_style.tidy(entries)):
            ballots.append(ballot_style.tidy(entries))
        if len(ballots) == n:
            break
    return ballots


def _fitting(ballot_style: FrozenBallotStyle, order: Sequence[str], wanted: int) -> list[Entry]:
    """Take projects in order, up to as many as wanted, passing over what costs or counts too much."""
    taken: list[Entry] = []
    cost = 0
    by_category: dict[str, int] = {}
    for code in order:
        option = ballot_style.options[code]
        limit = ballot_style.max_per_category.get(option.category)
        if (
            ballot_style.ballot_budget_minor is not None
            and cost + option.cost_minor > ballot_style.ballot_budget_minor
        ):
            continue
        if limit is not None and by_category.get(option.category, 0) >= limit:
            continue
        taken.append(code)
        cost += option.cost_minor
        by_category[option.category] = by_category.get(option.category, 0) + 1
        if len(taken) == wanted:
            break
    return taken


def _with_points(ballot_style: FrozenBallotStyle, codes: Sequence[str], chance: random.Random) -> list[Entry]:
    """Give each project a point, then the rest one by one to projects drawn at random that may have more."""
    points = ballot_style.points or len(codes)
    given = dict.fromkeys(codes[:points], 1)
    for _point in range(points - len(given)):
        open_to_more = [
            code
            for code in given
            if ballot_style.points_per_project is None or given[code] < ballot_style.points_per_project
        ]
        if not open_to_more:
            break
        given[chance.choice(open_to_more)] += 1
    return list(given.items())


def try_rules(election: tally.Election, rules: FrozenRules) -> Trial:
    """Count an election by the round's rule and by every `is_tried` one, with the round's order among equals.

    Those other than the round's own are set as usual, but for its threshold. Seconds for 5,000 ballots and
    200 projects.
    """
    tried = [rule for rule in RULES.values() if rule.is_tried]
    own = RULES[rules.rule]
    if not own.decides:
        own = tried[0]
    outcomes = []
    for rule in tried if own in tried else (own, *tried):
        settings: Settings = rules
        if rule.code != rules.rule:
            settings = Settings(
                rule=rule.code, tie_order=rules.tie_order, seed=rules.seed, threshold=rules.threshold
            )
        unset = {
            name: value for name, value in rule.on_trial(election).items() if getattr(settings, name) is None
        }
        outcomes.append((rule.code, rule.count(election, replace(settings, **unset))))  # type: ignore[arg-type]  # settings, by name
    results = tuple(
        Result(
            name,
            name == own.code,
            frozenset(outcome.funded),
            outcome.cost,
            outcome.left,
            _represented(election, frozenset(outcome.funded)),
        )
        for name, outcome in outcomes
    )
    scores = outcomes[0][1].scores
    projects = sorted(election.projects, key=lambda project: (-scores[project.id], project.id))
    return Trial(
        election.voters,
        election.budget,
        results,
        tuple(
            TriedProject(
                project.id,
                project.name,
                project.cost,
                scores[project.id],
                tuple(project.id in result.funded for result in results),
            )
            for project in projects
        ),
    )


def _represented(election: tally.Election, funded: frozenset[str]) -> int:
    """Count the ballots on which at least one funded project is chosen."""
    is_funded = [project.id in funded for project in election.projects]
    ballots = election.ballots
    starts, chosen = ballots.starts.tolist(), ballots.chosen.tolist()
    return sum(any(is_funded[number] for number in chosen[start:end]) for start, end in pairwise(starts))
