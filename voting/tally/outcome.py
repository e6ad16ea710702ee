"""Result of a count: funded projects in order, every step, and why the others are not funded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from .election import Election
from .ties import TieOrder

if TYPE_CHECKING:
    from .ledger import Ledger

Value = int | str | Fraction | bool | None
# Called with steps done and steps expected (0 if nobody can know) so that a long count can show progress.
Progress = Callable[[int, int], None]


class Decision(StrEnum):
    """The way a step came to fund its project."""

    FUNDED = "funded"
    COMPLETED = "completed"  # bought with what the main rule left over
    TOPPED_UP = "topped_up"  # the last one, needing money beyond the budget


class Reason(StrEnum):
    """The reason why a project is not funded. The parameters of each are named in docs/tally.md."""

    WITHDRAWN = "withdrawn"
    COSTS_MORE_THAN_BUDGET = "costs_more_than_budget"
    BELOW_THRESHOLD = "below_threshold"
    NO_VOTES = "no_votes"
    NO_MONEY_LEFT = "no_money_left"
    AFTER_FIRST_MISFIT = "after_first_misfit"
    RIVAL_FUNDED = "rival_funded"
    SUPPORTERS_MONEY_SHORT = "supporters_money_short"
    COUNT_ENDED_BEFORE = "count_ended_before"
    NOT_IN_BEST_SET = "not_in_best_set"


class Ranking(StrEnum):
    """The key of a ranking, if a rule walks down one."""

    SCORE = "score"
    SCORE_PER_COST = "score_per_cost"


@dataclass(frozen=True, slots=True)
class Wording:
    """A rule's sentence about a project it funds: a code for translators, and the sentence in English.

    The sentence can name `step`, `score`, `votes`, `cost` and `left`; with prices also `effective_votes` and
    `price`.
    """

    code: str
    english: str


@dataclass(frozen=True, slots=True)
class Price:
    """The highest payment for an Equal Shares project, between two certain bounds in minor units.

    With points utility the price is per point. `effective_votes` is cost divided by price. `payers` had money
    left and paid something; `paid_in_full` of them paid the whole price, the others all they had.
    """

    low: Fraction
    high: Fraction
    payers: int
    paid_in_full: int

    def effective_votes(self, cost: int) -> tuple[Fraction, Fraction]:
        """Return certain bounds on the effective number of votes."""
        return cost / self.high, cost / self.low


@dataclass(frozen=True, slots=True)
class FundingStep:
    """One project funded. Money is what the budget had before and after, in minor units."""

    number: int
    project: str
    decision: Decision
    cost: int
    votes: int
    score: int
    money_before: int
    money_after: int
    price: Price | None = None
    load: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """Projects that were equal at a step (1-based), in the order they were taken, and what decided."""

    step: int
    projects: tuple[str, ...]
    decided_by: str


@dataclass(frozen=True, slots=True)
class NotFunded:
    """A project that is not funded, the reason, and the reason's numbers."""

    project: str
    reason: Reason
    params: Mapping[str, int | str]


@dataclass(frozen=True)
class Outcome:
    """The result of one count, complete enough to be redone by hand.

    `votes`, `scores` and `lots` are by project id and cover every project; `tie_order` lists all ids in the
    published tie order, recorded even if it was not needed. `topup` is money beyond the budget that a
    topped-up last project needs. `ledger` remembers who paid what (Equal Shares only). `wording` says why the
    rule funds a project; `ranking` is set if it walked down one, which margins need.
    """

    rule: str
    parameters: Mapping[str, Value]
    input_sha256: str
    funded: tuple[str, ...]
    steps: tuple[FundingStep, ...]
    not_funded: tuple[NotFunded, ...]
    votes: Mapping[str, int]
    scores: Mapping[str, int]
    voters: int
    cost: int
    budget: int
    topup: int
    ties: tuple[Tie, ...]
    tie_order: tuple[str, ...]
    lots: Mapping[str, str]
    wording: Wording
    ranking: Ranking | None = None
    analysis_only: bool = False
    ledger: Ledger | None = field(default=None, compare=False, repr=False)

    @property
    def left(self) -> int:
        """Minor units of the budget that are not spent."""
        return self.budget + self.topup - self.cost


def record(
    election: Election,
    order: TieOrder,
    *,
    rule: str,
    parameters: Mapping[str, Value],
    steps: list[FundingStep],
    not_funded: list[NotFunded],
    ties: list[Tie],
    wording: Wording,
    ranking: Ranking | None = None,
    topup: int = 0,
    analysis_only: bool = False,
    ledger: Ledger | None = None,
) -> Outcome:
    """Put together an outcome; the parameters get the tie rule, so that nothing decisive is missing."""
    ids = election.ids
    return Outcome(
        rule=rule,
        parameters={**parameters, "tie": order.rule.first.value, "seed": order.rule.seed},
        input_sha256=election.digest,
        funded=tuple(step.project for step in steps),
        steps=tuple(steps),
        not_funded=tuple(not_funded),
        votes=dict(zip(ids, election.votes, strict=True)),
        scores=dict(zip(ids, election.scores, strict=True)),
        voters=election.voters,
        cost=sum(step.cost for step in steps),
        budget=election.budget,
        topup=topup,
        ties=tuple(ties),
        tie_order=tuple(ids[p] for p in order.order),
        lots=dict(zip(ids, order.lots, strict=True)),
        wording=wording,
        ranking=ranking,
        analysis_only=analysis_only,
        ledger=ledger,
    )
