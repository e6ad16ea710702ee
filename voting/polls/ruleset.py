"""A round's frozen rules as plain values, read from the text that was hashed and published.

Casting, counting and the voters' pages read the rules from here and never from the tables, so what is
applied is what was published. Reading is remembered by text: the same rules are parsed once a process.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from core.canonical import canonical
from voting import tally
from voting.polls.choices import Choices, Entry
from voting.rules import Settings, sentences

FORMAT = "rules-v1"


@dataclass(frozen=True, slots=True)
class Option:
    """A project on the ballot. `area` and `category` are keys of the rules' names."""

    number: int
    code: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    cost_minor: int
    category: str
    area: str


@dataclass(frozen=True)
class FrozenBallotStyle:
    """A ballot paper; fields as in `voting.models.BallotStyle`. `area_path` is empty for everybody's."""

    number: int
    title: Mapping[str, str]
    area_path: str
    kind: tally.Kind
    budget_minor: int
    min_choices: int
    max_choices: int | None
    ballot_budget_minor: int | None
    points: int | None
    points_per_project: int | None
    max_per_category: Mapping[str, int]
    allows_blank: bool
    options: Mapping[str, Option]

    @cached_property
    def projects(self) -> dict[str, tally.Project]:
        """The tally's projects, by code."""
        return {
            option.code: tally.Project(
                option.code, option.cost_minor, categories=(option.category,), district=option.area
            )
            for option in self.options.values()
        }

    @cached_property
    def limits(self) -> tally.Limits:
        """The limits of a ballot of this style, as the tally checks them."""
        return tally.Limits(
            min_length=self.min_choices,
            max_length=self.max_choices,
            max_sum_cost=self.ballot_budget_minor,
            max_points=self.points_per_project,
            max_sum_points=self.points,
            # A first place is worth as much on a short ballot as on a long one.
            borda_top=(self.max_choices or len(self.options)) if self.kind is tally.Kind.ORDINAL else None,
            per_category={
                category: tally.CategoryLimit(max_length=most)
                for category, most in self.max_per_category.items()
            },
        )

    def is_for(self, area_path: str) -> bool:
        """Return whether a person whose area has that path may fill it in; an empty path is from outside."""
        return area_path.startswith(self.area_path)

    def tidy(self, entries: Iterable[Entry]) -> list[Entry]:
        """Put entries in the one order in which they are stored: only a ranking keeps the voter's own.

        With points, entries of no points are left out.
        """
        if self.kind is tally.Kind.CUMULATIVE:
            pairs = [(entry, 1) if isinstance(entry, str) else entry for entry in entries]
            given = [(int(points), code) for code, points in pairs if points]
            return [(code, points) for points, code in sorted(given, key=lambda pair: (-pair[0], pair[1]))]
        codes = [entry if isinstance(entry, str) else entry[0] for entry in entries]
        return list(codes) if self.kind is tally.Kind.ORDINAL else list(sorted(codes))

    def cost_minor(self, entries: Iterable[Entry]) -> int:
        """The total cost of the chosen projects; codes that are not on the ballot count nothing."""
        return sum(self.options[code].cost_minor for code in codes_of(entries) if code in self.options)

    def problems(self, entries: Sequence[Entry]) -> tuple[tally.Problem, ...]:
        """Say what keeps these entries from being cast on this paper."""
        points = None
        if self.kind is tally.Kind.CUMULATIVE:
            points = [entry[1] for entry in entries if not isinstance(entry, str)]
        return tally.ballots.check(
            codes_of(entries),
            projects=self.projects,
            kind=self.kind,
            limits=self.limits,
            budget=self.ballot_budget_minor or self.budget_minor,
            points=points,
        )


@dataclass(frozen=True, kw_only=True)
class FrozenRules(Settings):
    """Everything that was frozen. `opens_at` and `closes_at` are ISO 8601 in UTC."""

    round: str
    authority: str
    currency: str
    time_zone: str
    budget_minor: int
    opens_at: str
    closes_at: str
    outside: str
    receipt_mode: str
    ballot_styles: tuple[FrozenBallotStyle, ...]
    categories: Mapping[str, Mapping[str, str]]
    areas: Mapping[str, Mapping[str, str]]
    # Rules frozen before there was this choice do not name it.
    without_account: bool = False

    @property
    def sentences(self) -> list[str]:
        """The rule in plain words, one sentence after the other, in the language now active."""
        return sentences(self, self.currency)

    def ballot_style(self, number: int) -> FrozenBallotStyle | None:
        """The paper of a number, None if there is none."""
        return next(
            (ballot_style for ballot_style in self.ballot_styles if ballot_style.number == number), None
        )

    def ballot_styles_for(self, area_path: str) -> tuple[FrozenBallotStyle, ...]:
        """The styles that a person whose area has that path may fill in."""
        return tuple(ballot_style for ballot_style in self.ballot_styles if ballot_style.is_for(area_path))


def codes_of(entries: Iterable[Entry]) -> list[str]:
    """The project codes of entries, in their order."""
    return [entry if isinstance(entry, str) else entry[0] for entry in entries]


def tidy(rules: FrozenRules, choices: Choices) -> dict[int, list[Entry]]:
    """Put choices in the one order in which they are stored; papers left empty are left out."""
    tidied = {}
    for ballot_style in rules.ballot_styles:
        entries = ballot_style.tidy(choices.get(ballot_style.number, ()))
        if entries:
            tidied[ballot_style.number] = entries
    return tidied


def write(rules: Mapping[str, object]) -> str:
    """Write rules the one way that is hashed: JSON with sorted keys, without spaces."""
    return canonical(rules).decode()


def digest(text: str) -> bytes:
    """Return the SHA-256 that identifies frozen rules."""
    return hashlib.sha256(text.encode()).digest()


@lru_cache(maxsize=64)
def read(text: str) -> FrozenRules:
    """Read the text of frozen rules. Raises ValueError for a format this version does not know."""
    values = json.loads(text)
    if values.pop("format") != FORMAT:
        raise ValueError("these rules are in a format of another version")
    ballot_styles = tuple(_ballot_style(ballot_style) for ballot_style in values.pop("papers"))
    values.pop("entitlements")
    return FrozenRules(ballot_styles=ballot_styles, **values)


def _ballot_style(values: dict[str, object]) -> FrozenBallotStyle:
    options = [Option(**option) for option in values.pop("projects")]  # type: ignore[attr-defined]
    kind = tally.Kind(str(values.pop("kind")))
    return FrozenBallotStyle(kind=kind, options={option.code: option for option in options}, **values)  # type: ignore[arg-type]
