"""A counted ballot paper as its page shows it: what won, why not the rest, who got what, other rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from identity.models import AgeGroup
from rounds.models import Participation
from rounds.multilingual import choose
from voting import explanations, frozen, publication, second_count, tally
from voting.frozen import Line, Paper
from voting.models import Tally

# Of a long list of funded projects, how many stand open.
N_OPEN = 20
_RULE_NAMES = {
    "greedy": gettext_lazy("Most votes first"),
    "votes-per-cost": gettext_lazy("Most votes for the money first"),
    "equal-shares": gettext_lazy("Equal shares"),
    "equal-shares-add1": gettext_lazy("Equal shares, raised"),
    "phragmen": gettext_lazy("Least burden first"),
}


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A project in a result. Votes (points, where points are given) inside and outside apart; None, where
    one of the two is so small that it would be given away.

    `why` says how it was funded, or why not and what would have changed it; `lost_to` names projects that got
    the money instead, with the number of voters who chose both.
    """

    line: Line
    place: int
    is_funded: bool
    score: int
    inside: int | None
    outside: int | None
    why: str
    lost_to: list[tuple[Line, int]]


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
        return 100 * self.number // self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Place:
    """What the projects of one category or area got, beside how many voters are behind it."""

    name: str
    projects: int
    funded: int
    money: Part
    voters: Part | None


@dataclass(frozen=True, slots=True)
class Group:
    """What one group of voters got: how many have a funded project, and the money their choices drew."""

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
    only_here: list[Line]
    only_decisive: list[Line]


@dataclass(frozen=True)
class PaperResult:
    """The decisive result of one paper, with the counts beside it."""

    paper: Paper
    tally: Tally
    inside: Tally
    outside: Tally
    funded: list[ResultLine]
    reasons: list[Reason]
    categories: list[Place]
    areas: list[Place]
    groups: list[tuple[str, list[Group]]]
    beside: list[Beside]
    served: Part
    sentences: list[str]
    recount: str

    @property
    def first(self) -> list[ResultLine]:
        return self.funded[:N_OPEN]

    @property
    def further(self) -> list[ResultLine]:
        return self.funded[N_OPEN:]

    @property
    def n_not_funded(self) -> int:
        return sum(len(reason.lines) for reason in self.reasons)

    @property
    def lines(self) -> list[ResultLine]:
        """Every project, the funded first."""
        return [*self.funded, *(line for reason in self.reasons for line in reason.lines)]

    @property
    def files(self) -> set[str]:
        """Whose ballots are published in a file."""
        return files_of({"inside": self.inside, "outside": self.outside, self.tally.scope: self.tally})

    @property
    def ties(self) -> list[list[str]]:
        """Codes of projects that were equal, in the order the rules put them."""
        return [tie["projects"] for tie in self.tally.outcome["ties"]]

    def found(self, words: Iterable[str]) -> list[ResultLine]:
        """Return the projects whose title or code holds every word."""
        wanted = [word.casefold() for word in words]
        return [
            row
            for row in self.lines
            if all(
                any(word in text.casefold() for text in (*row.line.title.values(), row.line.code))
                for word in wanted
            )
        ]


def files_of(tallies: Mapping[str, Tally]) -> set[str]:
    """Whose ballots of a paper are published in a file."""
    decides = next(each.scope for each in tallies.values() if each.is_decisive)
    sizes = {scope: tallies[scope].n_ballots for scope in ("inside", "outside")}
    return publication.scopes_to_publish(sizes, decides)


def result(rules: frozen.Rules, paper: Paper, tallies: Mapping[str, Tally]) -> PaperResult:
    """Put together what is shown of one paper, in the language now active."""
    decisive = next(each for each in tallies.values() if each.is_decisive)
    outcome = decisive.outcome
    figures = outcome["figures"]
    inside, outside = tallies[Tally.Scope.INSIDE], tallies[Tally.Scope.OUTSIDE]
    # The same that keeps ballots out of the files keeps them off the page.
    are_apart = {Tally.Scope.INSIDE, Tally.Scope.OUTSIDE} <= files_of(tallies)
    why = explanations.how_funded(outcome, rules.currency) | explanations.reasons(outcome, rules.currency)

    def line(code: str, place: int) -> ResultLine:
        told = figures["not_funded"].get(code)
        return ResultLine(
            line=paper.lines[code],
            place=place,
            is_funded=told is None,
            score=outcome["scores"][code],
            inside=inside.outcome["scores"][code] if are_apart else None,
            outside=outside.outcome["scores"][code] if are_apart else None,
            why=why[code],
            lost_to=[(paper.lines[rival], n) for rival, n in told["lost_to"]] if told else [],
        )

    return PaperResult(
        paper=paper,
        tally=decisive,
        inside=inside,
        outside=outside,
        funded=[line(code, place) for place, code in enumerate(outcome["funded"], start=1)],
        reasons=_reasons(outcome, line),
        categories=[
            _place(
                row, _name(rules.categories, row["key"]), outcome, Part(row["chosen_by"], outcome["voters"])
            )
            for row in figures["by_category"]
        ],
        areas=_areas(rules, outcome),
        groups=_groups(outcome),
        beside=_beside(paper, outcome),
        served=Part(figures["served"], outcome["voters"]),
        sentences=rules.sentences,
        recount=second_count.command(rules),
    )


def _reasons(outcome: Mapping[str, Any], line: Any) -> list[Reason]:
    """Group what is not funded by its reason, the largest group first; in it, most votes first."""
    order = {code: place for place, code in enumerate(outcome["tie_order"])}
    told = outcome["figures"]["not_funded"]
    by_heading: dict[str, list[str]] = {}
    for code in sorted(told, key=lambda code: (-outcome["scores"][code], order[code])):
        reason = tally.Reason(told[code]["code"])
        if reason == tally.Reason.BELOW_THRESHOLD and not outcome["scores"][code]:
            reason = tally.Reason.NO_VOTES
        by_heading.setdefault(str(explanations.HEADINGS[reason]), []).append(code)
    return [
        Reason(heading, [line(code, place) for place, code in enumerate(codes, start=1)])
        for heading, codes in sorted(by_heading.items(), key=lambda pair: -len(pair[1]))
    ]


def _name(names: Mapping[str, Mapping[str, str]], key: str) -> str:
    return choose(names[key], get_language() or "en")[0] if key in names else key


def _place(row: Mapping[str, Any], name: str, outcome: Mapping[str, Any], voters: Part | None) -> Place:
    money = Part(row["cost_funded"], outcome["cost"])
    return Place(name, row["projects"], row["funded"], money, voters)


def _areas(rules: frozen.Rules, outcome: Mapping[str, Any]) -> list[Place]:
    """Put beside each area's projects the voters who live there, where that is known of any."""
    figures = outcome["figures"]
    living = {row["key"]: row["voters"] for row in figures["by_group"].get("area", ())}
    rows = figures["by_area"]
    if len(rows) < 2 and not living:
        return []
    names = figures["areas"] | rules.areas
    places = []
    for row in rows:
        name = _name(names, row["key"]) if row["key"] else _("The whole area")
        voters = Part(living[row["key"]], outcome["voters"]) if row["key"] and row["key"] in living else None
        places.append(_place(row, name, outcome, voters))
    listed = {row["key"] for row in rows} - {""}
    nothing = {"projects": 0, "funded": 0, "cost_funded": 0}
    for key, n in living.items():
        if key not in listed:
            name = (
                _("Areas with few voters, together") if key is None else _name(names, key) or _("Not known")
            )
            places.append(_place(nothing, name, outcome, Part(n, outcome["voters"])))
    return places


def _groups(outcome: Mapping[str, Any]) -> list[tuple[str, list[Group]]]:
    """Say what groups of voters got, by age and by class; groups with few voters stand together."""
    by_group = outcome["figures"]["by_group"]
    headings = {"age_group": _("By age of the voters"), "participation": _("By where the voters belong")}
    names = dict(AgeGroup.choices) | dict(Participation.choices)
    return [
        (
            heading,
            [
                Group(
                    _("Others, together")
                    if row["key"] is None
                    else str(names.get(row["key"], _("Not known"))),
                    Part(row["voters"], outcome["voters"]),
                    Part(row["served"], row["voters"]),
                    Part(row["money"], outcome["cost"]),
                )
                for row in by_group[trait]
            ],
        )
        for trait, heading in headings.items()
        if trait in by_group
    ]


def _beside(paper: Paper, outcome: Mapping[str, Any]) -> list[Beside]:
    """Put the outcome that decides first, then those of other rules."""
    figures = outcome["figures"]
    voters = outcome["voters"]
    decides = Beside(
        name=str(_RULE_NAMES[outcome["rule"]]),
        is_decisive=True,
        n_funded=len(outcome["funded"]),
        cost=outcome["cost"],
        served=Part(figures["served"], voters),
        better_off=0,
        worse_off=0,
        only_here=[],
        only_decisive=[],
    )
    return [
        decides,
        *(
            Beside(
                name=_("Equal shares, the rest by most votes")
                if other["completion"]
                else str(_RULE_NAMES[other["rule"]]),
                is_decisive=False,
                n_funded=len(other["funded"]),
                cost=other["cost"],
                served=Part(other["served"], voters),
                better_off=other["better_off"],
                worse_off=other["worse_off"],
                only_here=[paper.lines[code] for code in other["only_here"]],
                only_decisive=[paper.lines[code] for code in other["only_decisive"]],
            )
            for other in figures["beside"]
        ),
    ]
