"""A counted ballot in the reader's language, made from `documents`.

The results page and the reports of a round show it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.i18n import localize
from identity.verification.models import AgeGroup
from rounds.models import Participation
from voting import rules, tally
from voting.counting import explanations

# The number of funded projects listed before the rest is folded.
N_OPEN = 20
_NO_CHANGE: Mapping[str, Any] = {"code": "none", "params": {}}


@dataclass(frozen=True, slots=True)
class Listed:
    """A project as a result names it. `title` by language."""

    code: str
    title: Mapping[str, str]
    cost_minor: int


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A project in a result. Votes (points, where points are given) inside and outside apart; None, where
    they are not told apart.

    `why` says how it was funded, or why not; `change`, what would have funded it; `lost_to` names projects
    that got the money instead, with the number of voters who chose both. `more_votes` and `cost_at_most` are
    the change as numbers, `effective_votes` and `price_minor` those of a project bought by equal shares.
    """

    line: Listed
    place: int
    is_funded: bool
    votes: int
    score: int
    inside: int | None
    outside: int | None
    why: str
    change: str
    lost_to: list[tuple[Listed, int]]
    step: int | None
    effective_votes: str
    price_minor: int | None
    more_votes: int | None
    cost_at_most: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """The projects that are not funded for one reason."""

    heading: str
    lines: list[ResultLine]


@dataclass(frozen=True, slots=True)
class Part:
    """A number of a whole, shown with its share in whole percent, cut off: 100 means all."""

    number: int
    whole: int

    @property
    def percent(self) -> int | None:
        """The share in whole percent, cut off; None of nothing."""
        return 100 * self.number // self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Place:
    """Outcome for the projects of one category or area, with the number of voters behind it."""

    name: str
    projects: int
    funded: int
    money: Part
    voters: Part | None


@dataclass(frozen=True, slots=True)
class Group:
    """Outcome for one group of voters: how many have a funded project, and the money allocated to their
    choices.
    """

    name: str
    voters: Part
    served: Part
    money: Part


@dataclass(frozen=True, slots=True)
class Beside:
    """One rule's outcome among those put side by side. The lists say how it differs from what decides."""

    name: str
    is_decisive: bool
    n_funded: int
    cost: int
    served: Part
    better_off: int
    worse_off: int
    only_here: list[Listed]
    only_decisive: list[Listed]


@dataclass(frozen=True, slots=True)
class Result:
    """The count of one paper that decides, in a reader's language. Money in minor units.

    `reasons` groups what is not funded, the largest group first. `has_points`: votes and scores differ.
    """

    number: int
    title: Mapping[str, str]
    budget: int
    cost: int
    left: int
    topup: int
    ballots: int
    blank: int
    voters: int
    ties: int
    counted_at: datetime
    input_sha256: str
    recount: str
    served: Part
    funded: list[ResultLine]
    not_funded: list[ResultLine]
    reasons: list[Reason]
    categories: list[Place]
    areas: list[Place]
    groups: list[tuple[str, list[Group]]]
    beside: list[Beside]
    has_points: bool

    @property
    def first(self) -> list[ResultLine]:
        """The funded projects listed before the rest is folded."""
        return self.funded[:N_OPEN]

    @property
    def further(self) -> list[ResultLine]:
        """The funded projects that are folded away."""
        return self.funded[N_OPEN:]

    @property
    def n_not_funded(self) -> int:
        return len(self.not_funded)

    def found(self, words: Iterable[str]) -> list[ResultLine]:
        """Return the projects whose title or code contains every word, funded ones first."""
        wanted = [word.casefold() for word in words]
        return [
            row
            for row in (*self.funded, *self.not_funded)
            if all(
                any(word in text.casefold() for text in (*row.line.title.values(), row.line.code))
                for word in wanted
            )
        ]


def told(
    counted: Mapping[str, Any],
    currency: str,
    apart: Callable[[str], tuple[int, int]] | None = None,
) -> Result:
    """Return a counted ballot, as assembled by `documents.of_count`, in the active language.

    `apart` gives a project's votes inside and outside, if they may be shown separately.
    """
    listed = {each["code"]: Listed(each["code"], each["title"], each["cost"]) for each in counted["projects"]}
    rows = {each["code"]: each for each in counted["projects"]}

    def line(place: int, code: str) -> ResultLine:
        row = rows[code]
        said, change = row["why"], row.get("change", _NO_CHANGE)
        inside, outside = apart(code) if apart else (None, None)
        return ResultLine(
            line=listed[code],
            place=place,
            is_funded=row["is_funded"],
            votes=row["votes"],
            score=row["points"],
            inside=inside,
            outside=outside,
            why=explanations.why_funded(said, currency)
            if row["is_funded"]
            else explanations.why_not(said, currency),
            change=explanations.what_would(change, currency),
            lost_to=[(listed[rival["code"]], rival["shared"]) for rival in row["lost_to"]],
            step=said["params"].get("step"),
            effective_votes=said["params"].get("effective_votes", ""),
            price_minor=said["params"].get("price"),
            more_votes=change["params"].get("more_votes"),
            cost_at_most=change["params"].get("cost_at_most"),
        )

    not_funded = [line(place, code) for place, code in enumerate(counted["not_funded"], start=1)]
    return Result(
        **{
            name: counted[name]
            for name in ("number", "title", "budget", "cost", "left", "topup", "ballots", "blank")
        },
        **{name: counted[name] for name in ("voters", "ties", "input_sha256", "recount")},
        counted_at=datetime.fromisoformat(counted["counted_at"]),
        served=Part(counted["served"], counted["voters"]),
        funded=[line(place, code) for place, code in enumerate(counted["funded"], start=1)],
        not_funded=not_funded,
        reasons=_reasons(rows, not_funded),
        categories=[
            _place(
                row,
                _name(counted["categories"], row["key"]),
                counted,
                Part(row["chosen_by"], counted["voters"]),
            )
            for row in counted["by_category"]
        ],
        areas=_areas(counted),
        groups=_groups(counted),
        beside=_beside(listed, counted),
        has_points=any(row["votes"] != row["points"] for row in rows.values()),
    )


def _reasons(rows: Mapping[str, Any], not_funded: Iterable[ResultLine]) -> list[Reason]:
    """Group what is not funded by its reason, the largest group first."""
    by_heading: dict[str, list[ResultLine]] = {}
    for row in not_funded:
        reason = tally.Reason(rows[row.line.code]["why"]["code"])
        if reason == tally.Reason.BELOW_THRESHOLD and not row.score:
            reason = tally.Reason.NO_VOTES
        by_heading.setdefault(str(explanations.HEADINGS[reason]), []).append(row)
    return [
        Reason(heading, lines)
        for heading, lines in sorted(by_heading.items(), key=lambda pair: -len(pair[1]))
    ]


def _name(names: Mapping[str, Mapping[str, str]], key: str) -> str:
    return localize(names[key]) if key in names else key


def _place(row: Mapping[str, Any], name: str, counted: Mapping[str, Any], voters: Part | None) -> Place:
    money = Part(row["cost_funded"], counted["cost"])
    return Place(name, row["projects"], row["funded"], money, voters)


def _areas(counted: Mapping[str, Any]) -> list[Place]:
    """Add to each area's projects the voters who live there, if known for any."""
    living = {row["key"]: row["voters"] for row in counted["by_group"].get("area", ())}
    rows = counted["by_area"]
    if len(rows) < 2 and not living:
        return []
    names = counted["areas"]
    places = []
    for row in rows:
        name = _name(names, row["key"]) if row["key"] else _("The whole area")
        voters = Part(living[row["key"]], counted["voters"]) if row["key"] and row["key"] in living else None
        places.append(_place(row, name, counted, voters))
    listed = {row["key"] for row in rows} - {""}
    nothing = {"projects": 0, "funded": 0, "cost_funded": 0}
    for key, n in living.items():
        if key not in listed:
            name = (
                _("Areas with few voters, combined") if key is None else _name(names, key) or _("Not known")
            )
            places.append(_place(nothing, name, counted, Part(n, counted["voters"])))
    return places


def _groups(counted: Mapping[str, Any]) -> list[tuple[str, list[Group]]]:
    """Return the outcome for groups of voters, by age and by residency; small groups are combined."""
    by_group = counted["by_group"]
    headings = {
        "age_group": _("By age group of the voters"),
        "participation": _("By the voters' connection to the area"),
    }
    names = dict(AgeGroup.choices) | dict(Participation.choices)
    return [
        (
            heading,
            [
                Group(
                    _("Others, combined")
                    if row["key"] is None
                    else str(names.get(row["key"], _("Not known"))),
                    Part(row["voters"], counted["voters"]),
                    Part(row["served"], row["voters"]),
                    Part(row["money"], counted["cost"]),
                )
                for row in by_group[trait]
            ],
        )
        for trait, heading in headings.items()
        if trait in by_group
    ]


def _beside(listed: Mapping[str, Listed], counted: Mapping[str, Any]) -> list[Beside]:
    """Put the outcome that decides first, then those of other rules."""
    voters = counted["voters"]
    decides = Beside(
        name=str(rules.RULES[counted["rule"]].heading),
        is_decisive=True,
        n_funded=len(counted["funded"]),
        cost=counted["cost"],
        served=Part(counted["served"], voters),
        better_off=0,
        worse_off=0,
        only_here=[],
        only_decisive=[],
    )
    return [
        decides,
        *(
            Beside(
                name=str(rules.RULES[other["rule"]].beside_heading),
                is_decisive=False,
                n_funded=len(other["funded"]),
                cost=other["cost"],
                served=Part(other["served"], voters),
                better_off=other["better_off"],
                worse_off=other["worse_off"],
                only_here=[listed[code] for code in other["only_here"]],
                only_decisive=[listed[code] for code in other["only_decisive"]],
            )
            for other in counted["beside"]
        ),
    ]


def sentences_of(setting: Mapping[str, Any], currency: str) -> list[str]:
    """Say a setting kept as JSON values in plain words, a sentence after the other."""
    return rules.sentences(rules.Settings(**setting), currency)
