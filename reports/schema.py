"""The shape of a report's document: the models that build it, check it, describe it and are read from.

A model is frozen, refuses names it does not know, and converts nothing: what is not of its type raises
pydantic's ValidationError. Amounts are in minor units of the report's currency; a text is kept in every
language there is. What was not set is not written, so that a document reads and writes to the same bytes.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from core.canonical import canonical
from proposals import lifecycle
from proposals.models import Milestone
from reports.arithmetic import Rounding, percent_of, shown


class Model(BaseModel):
    """A part of the document."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return a part from JSON values. Raises ValidationError if they have another shape."""
        return cls.model_validate_json(canonical(values))

    def stored(self) -> dict[str, Any]:
        """Return JSON values, as a snapshot keeps them."""
        return self.model_dump(mode="json", exclude_unset=True)


def _one_of(values: Iterable[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [str(value) for value in values]})


# A text by language code.
Texts = dict[str, str]
# Names by key, each a text by language code.
Names = dict[str, Texts]
# An instant, written as Python's isoformat writes it.
Instant = Annotated[
    datetime, PlainSerializer(datetime.isoformat), WithJsonSchema({"type": "string", "format": "date-time"})
]
# In percent; whole numbers stay whole.
Percent = Annotated[int | float, WithJsonSchema({"type": "number"})]


class Share(Model):
    """A part of a whole, in percent. `name` says what of what; `display` is empty for a share of nothing."""

    name: str
    numerator: int
    denominator: int
    unit: Literal["percent"]
    rounding: Annotated[Rounding, _one_of(Rounding)]
    decimals: int
    display: str

    @classmethod
    def of(cls, name: str, numerator: int, denominator: int, decimals: int, rounding: Rounding) -> "Share":
        """Return a share with its digits, rounded to that many decimals from the exact fraction."""
        exact = percent_of(numerator, denominator)
        return cls(
            name=name,
            numerator=numerator,
            denominator=denominator,
            unit="percent",
            rounding=rounding,
            decimals=decimals,
            display="" if exact is None else shown(exact, decimals, rounding),
        )


def _known_state(state: str) -> str:
    if state not in lifecycle.STATES:
        raise ValueError(f"no state of a proposal: {state}")
    return state


def _name_every_end(counts: dict[str, int]) -> dict[str, int]:
    missing = [state for state in lifecycle.ends() if state not in counts]
    if missing:
        raise ValueError(f"no count of proposals that are {', '.join(missing)}")
    return counts


# Submitted proposals by outcome. Every end is listed, open states only if they occur.
Funnel = Annotated[
    dict[str, int],
    AfterValidator(_name_every_end),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                state: {"type": "integer"} for state in (*lifecycle.ends(), *lifecycle.still_open())
            },
            "required": lifecycle.ends(),
        }
    ),
]


class Reason(Model):
    """The number of proposals ended by a reason, and their final state."""

    state: Annotated[str, AfterValidator(_known_state), _one_of(lifecycle.codes())]
    ground: str = Field(pattern="^[a-z][a-z0-9_]*$")
    count: int


class Counts(Model):
    """Submitted and adopted proposals, and the cost of the adopted ones."""

    submitted: int
    adopted: int
    adopted_cost: int


class Area(Counts):
    """Counts of one area; every area has a row, even if nothing was submitted."""

    code: str
    name: Texts


class Category(Counts):
    """Of one category."""

    slug: str
    name: Texts


class Group(Counts):
    """Of a group of proposers, or of several that were too small to publish apart."""

    keys: list[str]

    def joined(self, other: "Group") -> "Group":
        """Return both groups as one."""
        return Group(
            keys=self.keys + other.keys,
            submitted=self.submitted + other.submitted,
            adopted=self.adopted + other.adopted,
            adopted_cost=self.adopted_cost + other.adopted_cost,
        )


class BallotGroup(Model):
    """Ballots of a group of voters; no key for several groups too small to publish separately."""

    keys: list[str]
    count: int


class Participants(Model):
    """Voters of the round."""

    ballots: int
    by_channel: list[BallotGroup]
    by_participation: list[BallotGroup]
    by_age_group: list[BallotGroup]
    smallest_cell: int


class Adopted(Model):
    """An adopted project. No votes and no rank: it was adopted without a vote counted here."""

    code: str
    language: str
    title: Texts
    category: str
    area: str
    cost: int
    votes: int | None
    rank: int | None
    progress: Annotated[Milestone.Progress | Literal[""], _one_of(["", *Milestone.Progress.values])]


class VoteStatement(Model):
    """A sentence as a code, with the values it names: money in minor units, effective votes as text."""

    code: str
    params: dict[str, int | str]


class VoteRival(Model):
    """A funded project, and how many voters chose both."""

    code: str
    shared: int


class VoteProject(Model):
    """One line of a ballot paper and what the count gave it."""

    code: str
    title: Texts
    cost: int
    category: str
    area: str = Field(description="Blank for the whole area of the authority.")
    votes: int
    points: int = Field(description="Equals the votes on ballots that give no points.")
    is_funded: bool
    why: VoteStatement = Field(description="How it was funded, or why not.")
    change: VoteStatement | None = Field(
        default=None,
        description="The smallest change, all else staying as it was, that would have funded it; missing in "
        "funded projects.",
    )
    lost_to: list[VoteRival] = Field(description="Projects that got the money instead: three at most.")


class VotePlace(Model):
    """Outcome for the projects of one category or area."""

    key: str
    projects: int
    funded: int
    cost_asked: int
    cost_funded: int
    chosen_by: int = Field(description="Voters who chose at least one of these projects.")


class VoteGroup(Model):
    """Outcome for one group of voters; `key` is null for small groups combined."""

    key: str | None
    voters: int
    served: int = Field(description="Voters with at least one funded project they chose.")
    money: int = Field(
        description="Cost of funded projects, each split evenly over all who chose it; minor units."
    )


class VoteAlternative(Model):
    """The same ballots counted by another rule, for analysis only. Projects by code."""

    rule: str
    completion: bool = Field(description="Whether what was left over was spent on most votes first.")
    funded: list[str]
    cost: int
    served: int = Field(description="Voters with at least one funded project they chose.")
    only_here: list[str]
    only_decisive: list[str]
    better_off: int = Field(description="Voters with more funded projects than by the rule that decides.")
    worse_off: int


class VoteBallotStyle(Model):
    """The count of one ballot paper that decides, by the rule that was published before the vote."""

    number: int
    title: Texts
    scope: str = Field(description="Whose ballots decide: inside or everybody.")
    rule: str
    parameters: dict[str, Any] = Field(description="How the rule is set, with the order among equals.")
    recount: str = Field(description="How the second program is run on the published file.")
    budget: int
    cost: int = Field(description="What the funded projects cost together.")
    left: int = Field(description="What is left of the budget.")
    topup: int = Field(description="What the last funded project needs from elsewhere.")
    ballots: int
    blank: int = Field(description="Ballots that choose nothing; part of all.")
    voters: int = Field(description="Ballots that choose at least one project.")
    served: int = Field(description="Voters with at least one funded project they chose.")
    ties: int = Field(description="How often the order among equals was asked for.")
    counted_at: Instant
    input_sha256: str = Field(description="Of everything that was counted.")
    funded: list[str] = Field(description="Codes, in the order of funding.")
    not_funded: list[str] = Field(description="Codes, most votes first.")
    projects: list[VoteProject]
    by_category: list[VotePlace]
    by_area: list[VotePlace]
    by_group: dict[str, list[VoteGroup]] = Field(
        description="Groups of voters by `area`, `age_group` and `participation`. Groups of fewer than ten "
        "voters are put together; a division that would show a single group is left out."
    )
    beside: list[VoteAlternative]
    categories: Names = Field(description="Names by key.")
    areas: Names = Field(description="Names by key.")


class Setting(Model):
    """The counting rule as frozen before the vote."""

    rule: str
    tie_order: str
    seed: str
    threshold: int
    stops_at_first_misfit: bool
    topup_percent: int | None
    utility: str
    completion: bool
    comparison: bool
    step_minor: int | None


class Vote(Model):
    """A certified vote with its explanations."""

    setting: Setting
    smallest_cell: int = Field(description="Smaller groups of voters are put together.")
    papers: list[VoteBallotStyle]


class Report(Model):
    """The beginning of every report's document; `reports.assembly` adds a field for each figure."""

    format: int
    round: str
    authority: str
    authority_name: Texts
    title: Texts
    notice: Texts
    is_imported: bool
    fiscal_year: int
    as_of: Instant
    time_zone: str
    currency: str
