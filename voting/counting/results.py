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
from rounds.models import Residency
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
class OptionResult:
    """A project in a result. Votes (points, where points are given) inside and outside apart; None, where
    they are not told apart.

    `why` says how it was funded, or why not; `change`, what would have funded it; `lost_to` names projects
    that got the money instead, with the number of voters who chose both. `more_votes` and `cost_at_most` are
    the change as numbers, `effective_votes` and `price_minor` those of a project bought by equal shares.
    """

    option: Listed
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
    options: list[OptionResult]


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
class Alternative:
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
    funded: list[OptionResult]
    not_funded: list[OptionResult]
    reasons: list[Reason]
    categories: list[Place]
    areas: list[Place]
    groups: list[tuple[str, list[Group]]]
    alternatives: list[Alternative]
    has_points: bool

    @property
    def first(self) -> list[OptionResult]:
        """The funded projects listed before the rest is folded."""
        return self.funded[:N_OPEN]

    @property
    def further(self) -> list[OptionResult]:
        """The funded projects that are folded away."""
        return self.funded[N_OPEN:]

    @property
    def n_not_funded(self) -> int:
        return len(self.not_funded)

    def found(self, words: Iterable[str]) -> list[OptionResult]:
        """Return the projects whose title or code contains every word, funded ones first."""
        wanted = [word.casefold() for word in words]
        return [
            row
            for row in (*self.funded, *self.not_funded)
            if all(
                any(word in text.casefold() for text in (*row.option.title.values(), row.option.code))
                for word in wanted
            )
        ]


def localize_result(
    tally_document: Mapping[str, Any],
    currency: str,
    by_residency: Callable[[str], tuple[int, int]] | None = None,
) -> Result:
    """Return a counted ballot, as assembled by `documents.of_count`, in the active language.

    `apart` gives a project's votes inside and outside, if they may be shown separately.
    """
    listed = {
        each["code"]: Listed(each["code"], each["title"], each["cost"]) for each in tally_document["projects"]
    }
    rows = {each["code"]: each for each in tally_document["projects"]}

    def option_result(place: int, code: str) -> OptionResult:
        row = rows[code]
        said, change = row["why"], row.get("change", _NO_CHANGE)
        inside, outside = by_residency(code) if by_residency else (None, None)
        return OptionResult(
            option=listed[code],
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

    not_funded = [
        option_result(place, code) for place, code in enumerate(tally_document["not_funded"], start=1)
    ]
    return Result(
        **{
            name: tally_document[name]
            for name in ("number", "title", "budget", "cost", "left", "topup", "ballots", "blank")
        },
        **{name: tally_document[name] for name in ("voters", "ties", "input_sha256", "recount")},
        counted_at=datetime.fromisoformat(tally_document["counted_at"]),
        served=Part(tally_document["served"], tally_document["voters"]),
        funded=[option_result(place, code) for place, code in enumerate(tally_document["funded"], start=1)],
        not_funded=not_funded,
        reasons=_reasons(rows, not_funded),
        categories=[
            _place(
                row,
                _name(tally_document["categories"], row["key"]),
                tally_document,
                Part(row["chosen_by"], tally_document["voters"]),
            )
            for row in tally_document["by_category"]
        ],
        areas=_areas(tally_document),
        groups=_groups(tally_document),
        alternatives=_alternatives(listed, tally_document),
        has_points=any(row["votes"] != row["points"] for row in rows.values()),
    )


def _reasons(rows: Mapping[str, Any], not_funded: Iterable[OptionResult]) -> list[Reason]:
    """Group what is not funded by its reason, the largest group first."""
    by_heading: dict[str, list[OptionResult]] = {}
    for row in not_funded:
        reason = tally.Reason(rows[row.option.code]["why"]["code"])
        if reason == tally.Reason.BELOW_THRESHOLD and not row.score:
            reason = tally.Reason.NO_VOTES
        by_heading.setdefault(str(explanations.HEADINGS[reason]), []).append(row)
    return [
        Reason(heading, options)
        for heading, options in sorted(by_heading.items(), key=lambda pair: -len(pair[1]))
    ]


def _name(names: Mapping[str, Mapping[str, str]], key: str) -> str:
    return localize(names[key]) if key in names else key


def _place(
    row: Mapping[str, Any], name: str, tally_document: Mapping[str, Any], voters: Part | None
) -> Place:
    money = Part(row["cost_funded"], tally_document["cost"])
    return Place(name, row["projects"], row["funded"], money, voters)


def _areas(tally_document: Mapping[str, Any]) -> list[Place]:
    """Add to each area's projects the voters who live there, if known for any."""
    living = {row["key"]: row["voters"] for row in tally_document["by_group"].get("area", ())}
    rows = tally_document["by_area"]
    if len(rows) < 2 and not living:
        return []
    names = tally_document["areas"]
    places = []
    for row in rows:
        name = _name(names, row["key"]) if row["key"] else _("The whole area")
        voters = (
            Part(living[row["key"]], tally_document["voters"])
            if row["key"] and row["key"] in living
            else None
        )
        places.append(_place(row, name, tally_document, voters))
    listed = {row["key"] for row in rows} - {""}
    nothing = {"projects": 0, "funded": 0, "cost_funded": 0}
    for key, n in living.items():
        if key not in listed:
            name = (
                _("Areas with few voters, combined") if key is None else _name(names, key) or _("Not known")
            )
            places.append(_place(nothing, name, tally_document, Part(n, tally_document["voters"])))
    return places


def _groups(tally_document: Mapping[str, Any]) -> list[tuple[str, list[Group]]]:
    """Return the outcome for groups of voters, by age and by residency; small groups are combined."""
    by_group = tally_document["by_group"]
    headings = {
        "age_group": _("By age group of the voters"),
        "participation": _("By the voters' connection to the area"),
    }
    names = dict(AgeGroup.choices) | dict(Residency.choices)
    return [
        (
            heading,
            [
                Group(
                    _("Others, combined")
                    if row["key"] is None
                    else str(names.get(row["key"], _("Not known"))),
                    Part(row["voters"], tally_document["voters"]),
                    Part(row["served"], row["voters"]),
                    Part(row["money"], tally_document["cost"]),
                )
                for row in by_group[trait]
            ],
        )
        for trait, heading in headings.items()
        if trait in by_group
    ]


def _alternatives(listed: Mapping[str, Listed], tally_document: Mapping[str, Any]) -> list[Alternative]:
    """Put the outcome that decides first, then those of other rules."""
    voters = tally_document["voters"]
    decides = Alternative(
        name=str(rules.RULES[tally_document["rule"]].heading),
        is_decisive=True,
        n_funded=len(tally_document["funded"]),
        cost=tally_document["cost"],
        served=Part(tally_document["served"], voters),
        better_off=0,
        worse_off=0,
        only_here=[],
        only_decisive=[],
    )
    return [
        decides,
        *(
            Alternative(
                name=str(rules.RULES[other["rule"]].alternative_heading),
                is_decisive=False,
                n_funded=len(other["funded"]),
                cost=other["cost"],
                served=Part(other["served"], voters),
                better_off=other["better_off"],
                worse_off=other["worse_off"],
                only_here=[listed[code] for code in other["only_here"]],
                only_decisive=[listed[code] for code in other["only_decisive"]],
            )
            for other in tally_document["beside"]
        ),
    ]


def sentences_of(setting: Mapping[str, Any], currency: str) -> list[str]:
    """Say a setting kept as JSON values in plain words, a sentence after the other."""
    return rules.sentences(rules.Settings(**setting), currency)
