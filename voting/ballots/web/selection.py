"""Selections on a ballot, as every page of the ballot shows them."""

import functools
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from voting.ballots import basket as baskets
from voting.ballots.web.places import Place
from voting.polls import choices as sealing
from voting.polls.choices import Entry
from voting.polls.problems import sentence
from voting.polls.ruleset import FrozenBallotStyle, Option


@dataclass(frozen=True, slots=True)
class ChosenOption:
    """A chosen project as the pages list it. `points` is 0 where none are given; `place` begins at 1."""

    option: Option
    points: int
    place: int


@dataclass(frozen=True, slots=True)
class ListedOption:
    """A project in the list of a paper, with what the reader chose of it."""

    option: Option
    category: Mapping[str, str]
    area: Mapping[str, str]
    is_chosen: bool
    points: int
    # Its role in a comparison: next to another project, or waiting for one; empty for the one that waits.
    compare_url: str


@dataclass(frozen=True, slots=True)
class Selection:
    """A ballot paper with what is chosen on it."""

    ballot_style: FrozenBallotStyle
    options: Sequence[ChosenOption]
    cost_minor: int
    problems: Sequence[str]
    entries: Sequence[Entry]

    @property
    def points(self) -> int:
        """The points given on the paper, all together."""
        return sum(option.points for option in self.options)

    @property
    def values(self) -> list[str]:
        """The entries as a form posts them: a code, or code:points."""
        return values_of(self.entries)


def selection_on(place: Place, ballot_style: FrozenBallotStyle, choices: sealing.Choices) -> Selection:
    """Return a ballot with its selections and their problems, in the reader's language.

    An empty ballot is checked only if nothing is chosen on any and it must not be blank.
    """
    assert place.rules is not None
    entries = list(choices.get(ballot_style.number, ()))
    options: list[ChosenOption] = []
    for number, entry in enumerate(entries, start=1):
        code = entry if isinstance(entry, str) else entry[0]
        if code in ballot_style.options:
            options.append(
                ChosenOption(ballot_style.options[code], 0 if isinstance(entry, str) else entry[1], number)
            )
    needed = entries or not (any(choices.values()) or ballot_style.allows_blank)
    problems = (
        [
            sentence(problem, ballot_style, place.rules)
            for problem in ballot_style.problems(ballot_style.tidy(entries))
        ]
        if needed
        else []
    )
    return Selection(ballot_style, options, ballot_style.cost_minor(entries), problems, entries)


def basket_of(place: Place) -> dict[int, list[Entry]]:
    """Return the basket by the papers' numbers; empty before the rules are frozen and without the key."""
    if place.rules is None or place.key is None:
        return {}
    return baskets.load(place.request.session, place.rules, place.key)


def basket_context(
    place: Place, ballot_style: FrozenBallotStyle, choices: sealing.Choices
) -> dict[str, object]:
    """Return the context shared by pages that show a ballot with the basket."""
    selection = selection_on(place, ballot_style, choices)
    return {
        "ballot_style": ballot_style,
        "ballot_styles": place.ballot_styles,
        "selection": selection,
        "bar": bar_of(place, selection),
        "n_chosen_in_all": sum(len(entries) for entries in choices.values()),
        "review_url": address("review", place),
        "basket_url": address("basket", place),
        "mirror": json.dumps({number: values_of(entries) for number, entries in choices.items()}),
        "owner": _owner(place),
    }


def listed_options(
    place: Place, options: Sequence[Option], selection: Selection, *, compared: Sequence[str] = ()
) -> list[ListedOption]:
    """Return lines as they are listed; `compared` are the codes that are being compared, at most two."""
    assert place.rules is not None
    chosen = {option.option.code: option for option in selection.options}
    base = f"{address('ballot', place)}?paper={selection.ballot_style.number}"
    waiting = compared[0] if len(compared) == 1 else ""
    return [
        ListedOption(
            option,
            place.rules.categories[option.category],
            place.rules.areas.get(option.area, {}),
            option.code in chosen,
            chosen[option.code].points if option.code in chosen else 0,
            _compare_url(base, waiting, option.code),
        )
        for option in options
    ]


def _compare_url(base: str, waiting: str, code: str) -> str:
    if code == waiting:
        return ""
    if waiting:
        return f"{base}&compare={waiting}&compare={code}#compare"
    return f"{base}&compare={code}#compare"


def values_of(entries: Sequence[Entry]) -> list[str]:
    """Return entries as a form posts them: a code, or code:points."""
    return [entry if isinstance(entry, str) else f"{entry[0]}:{entry[1]}" for entry in entries]


@dataclass(frozen=True, slots=True)
class Bar:
    """The sticky bar's measure: money, points or projects. `most` is None if there is no limit."""

    unit: str
    used: int
    most: int | None
    chosen: int

    @property
    def left(self) -> int:
        """The amount left, 0 if there is no limit."""
        return max((self.most or 0) - self.used, 0)

    @property
    def over(self) -> int:
        """The amount above the limit."""
        return max(self.used - self.most, 0) if self.most is not None else 0

    @property
    def shown(self) -> int:
        """The amount used, up to the limit: the filled part of the bar."""
        return min(self.used, self.most) if self.most is not None else self.used


def bar_of(place: Place, selection: Selection) -> Bar:
    """Measure points if they are given, otherwise money if a ballot has a budget, otherwise projects."""
    ballot_style, chosen = selection.ballot_style, len(selection.options)
    if ballot_style.points is not None:
        return Bar("points", selection.points, ballot_style.points, chosen)
    if ballot_style.ballot_budget_minor is not None:
        return Bar("money", selection.cost_minor, ballot_style.ballot_budget_minor, chosen)
    return Bar("projects", chosen, ballot_style.max_choices, chosen)


def _owner(place: Place) -> str:
    """Identify the owner of the browser's copy of a basket, so that nobody gets another's on a shared
    computer.
    """
    if place.account is None:
        return ""
    text = f"basket|{place.round.pk}|{place.account.pk}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), "sha256").hexdigest()[:16]


def address(name: str, place: Place) -> str:
    """Return the address of a page of this round's vote."""
    return _address(name, place.round.authority.slug, place.round.slug)


@functools.lru_cache(maxsize=1_000)
def _address(name: str, authority_slug: str, round_slug: str) -> str:
    return reverse(f"voting:{name}", args=[authority_slug, round_slug])
