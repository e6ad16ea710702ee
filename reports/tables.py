"""A report's document as tables in the reader's language: what the page, CSV and XLSX all show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext, gettext_lazy, pgettext

from core.i18n import localize
from identity.models import AgeGroup
from proposals.grounds import Ground
from proposals.lifecycle import State
from proposals.models import Channel, Milestone, Track
from reports import figures
from reports.figures import Rounding, Share
from reports.selectors import ENDS
from rounds import money
from rounds.models import Participation

# How a submitted proposal can end, in the order it is told; then what has not ended yet.
FUNNEL = (
    *ENDS,
    State.ON_BALLOT,
    State.FEASIBLE,
    State.PUBLISHED,
    State.PENDING,
    State.SENT_BACK,
)


# What a cell of a sheet holds.
Value = str | int | Decimal


class Unit(StrEnum):
    """What the numbers of a column count."""

    WORDS = "words"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading in the reader's language, and what its cells are.

    `wide` is its part of the room on a printed page, for long texts; 0 for as much as it needs. What a
    sentence beside it says already is not printed (`in_print`).
    """

    heading: str
    unit: Unit
    wide: int = 0
    in_print: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the report. The first column names the row; `total` is the last line, or empty.

    Amounts are in minor units; shares are texts, without a sign.
    """

    slug: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    total: Sequence[Value] = ()
    note: str = ""


def headings(*columns: tuple[str, Unit]) -> list[Column]:
    """Return columns as wide as they need, each with its heading and what it counts."""
    return [Column(heading, unit) for heading, unit in columns]


def all_tables(document: Mapping[str, Any]) -> list[Table]:
    """Return every table of the report, in its order."""
    made = [
        funnel(document),
        reasons(document),
        by_area(document),
        by_category(document),
        _by_group(document, "by_track", gettext("By kind of proposal"), label_of(Track)),
        _by_group(
            document, "by_participation", gettext("By where proposers belong"), label_of(Participation)
        ),
        _by_group(document, "by_age_group", gettext("By age of proposers"), label_of(AgeGroup)),
        _by_group(document, "by_foreign_resident", gettext("By nationality of proposers"), _foreign),
        *participants(document),
    ]
    return [table for table in made if table.rows]


def funnel(document: Mapping[str, Any]) -> Table:
    """Return what became of every submitted proposal; the rows add up to all of them."""
    total = document["submitted"]
    counts = document["funnel"]
    return Table(
        "funnel",
        gettext("What became of the proposals"),
        headings(
            (gettext("Outcome"), Unit.WORDS),
            (gettext("Proposals"), Unit.NUMBER),
            (gettext("Share"), Unit.PERCENT),
        ),
        [
            [str(State(state).label), count, share_of(document, count, total)]
            # Stored JSON does not keep the order of keys.
            for state, count in ((state, counts[state]) for state in FUNNEL if state in counts)
        ],
        [gettext("All submitted proposals"), total, ""],
    )


def reasons(document: Mapping[str, Any]) -> Table:
    """Return the reason of every no."""
    return Table(
        "reasons",
        gettext("Why proposals were not adopted"),
        headings(
            (gettext("Reason"), Unit.WORDS),
            (gettext("Outcome"), Unit.WORDS),
            (gettext("Proposals"), Unit.NUMBER),
        ),
        [
            [_ground(document, Ground(row["ground"])), str(State(row["state"]).label), row["count"]]
            for row in document["reasons"]
        ],
        [
            gettext("All proposals that were not adopted"),
            "",
            sum(row["count"] for row in document["reasons"]),
        ],
    )


def _ground(document: Mapping[str, Any], ground: Ground) -> str:
    """Name a reason. That others had more votes is said only of a count in the order of votes."""
    vote = document.get("vote")
    if ground == Ground.BELOW_BUDGET_CUTOFF and vote and vote["setting"]["rule"] != "greedy":
        return gettext("The count of the votes did not fund it.")
    return str(ground.label)


def by_area(document: Mapping[str, Any]) -> Table:
    """Return how many proposals each area handed in, how many were adopted, and at what cost."""
    return _by_place(document, "by_area", gettext("By area"), gettext("Area"))


def by_category(document: Mapping[str, Any]) -> Table:
    """Return the same for each category."""
    return _by_place(document, "by_category", gettext("By category"), gettext("Category"))


def _by_place(document: Mapping[str, Any], key: str, caption: str, heading: str) -> Table:
    return _counts(
        document,
        key,
        caption,
        heading,
        [(name_of(row["name"]), row) for row in document[key]],
    )


def _by_group(document: Mapping[str, Any], key: str, caption: str, label: Callable[[str], str]) -> Table:
    return _counts(
        document,
        key,
        caption,
        gettext("Group"),
        [(_joined(row["keys"], label), row) for row in document[key]],
        note=_note_on_small_groups(document, document[key]),
    )


def _counts(
    document: Mapping[str, Any],
    slug: str,
    caption: str,
    heading: str,
    rows: Sequence[tuple[str, Mapping[str, Any]]],
    note: str = "",
) -> Table:
    total = {
        figure: sum(row[figure] for _, row in rows) for figure in ("submitted", "adopted", "adopted_cost")
    }
    return Table(
        slug,
        caption,
        headings(
            (heading, Unit.WORDS),
            (gettext("Submitted"), Unit.NUMBER),
            (gettext("Adopted"), Unit.NUMBER),
            (gettext("Reflection rate"), Unit.PERCENT),
            (gettext("Adopted cost"), Unit.MONEY),
        ),
        [
            [
                name,
                row["submitted"],
                row["adopted"],
                share_of(document, row["adopted"], row["submitted"]),
                row["adopted_cost"],
            ]
            for name, row in rows
        ],
        [
            gettext("All"),
            total["submitted"],
            total["adopted"],
            share_of(document, total["adopted"], total["submitted"]),
            total["adopted_cost"],
        ],
        note,
    )


def participants(document: Mapping[str, Any]) -> list[Table]:
    """Return who cast a ballot, by channel, by age and by where people belong."""
    voted = document["participants"]
    if voted is None:
        return []
    kinds: list[tuple[str, str, Callable[[str], str]]] = [
        ("by_channel", gettext("Ballots by the way they were cast"), label_of(Channel)),
        ("by_participation", gettext("Ballots by where voters belong"), label_of(Participation)),
        ("by_age_group", gettext("Ballots by age of voters"), label_of(AgeGroup)),
    ]
    return [
        Table(
            f"participants_{key}",
            caption,
            headings(
                (gettext("Group"), Unit.WORDS),
                (gettext("Ballots"), Unit.NUMBER),
                (gettext("Share"), Unit.PERCENT),
            ),
            [
                [
                    _joined(row["keys"], label),
                    row["count"],
                    share_of(document, row["count"], voted["ballots"]),
                ]
                for row in voted[key]
            ],
            [gettext("All ballots"), sum(row["count"] for row in voted[key]), ""],
            note=_note_on_small_groups(voted, voted[key]),
        )
        for key, caption, label in kinds
        if voted[key]
    ]


def adopted(document: Mapping[str, Any], how_funded: Mapping[str, str] | None = None) -> Table:
    """Return the adopted projects, most votes first, with the sum of their costs as the total.

    `how_funded` says by code how the vote funded each, in a column of its own; None for no such column.
    """
    categories = {row["slug"]: row["name"] for row in document["by_category"]}
    areas = {row["code"]: row["name"] for row in document["by_area"]}
    projects = document["adopted_projects"]
    return Table(
        "adopted_projects",
        gettext("Adopted projects"),
        [
            Column(gettext("Number"), Unit.WORDS),
            Column(gettext("Rank"), Unit.NUMBER),
            Column(gettext("Title"), Unit.WORDS, wide=2),
            Column(gettext("Area"), Unit.WORDS),
            Column(gettext("Category"), Unit.WORDS),
            Column(gettext("Votes"), Unit.NUMBER),
            Column(gettext("Cost"), Unit.MONEY),
            Column(gettext("Progress"), Unit.WORDS),
            *([] if how_funded is None else [Column(gettext("How it was funded"), Unit.WORDS, wide=2)]),
        ],
        [
            [
                project["code"],
                _or_empty(project["rank"]),
                name_of(project["title"]),
                name_of(areas.get(project["area"], {})),
                name_of(categories.get(project["category"], {})),
                _or_empty(project["votes"]),
                project["cost"],
                str(Milestone.Progress(project["progress"]).label) if project["progress"] else "",
                *(
                    []
                    if how_funded is None
                    else [how_funded.get(project["code"], gettext("It was on no ballot paper."))]
                ),
            ]
            for project in projects
        ],
        [
            *[gettext("All"), "", "", "", "", "", sum(project["cost"] for project in projects), ""],
            *([] if how_funded is None else [""]),
        ],
    )


def as_rows(table: Table, currency: str) -> list[list[Value]]:
    """Return the table with its headings and its total, for a sheet; money in whole units of the currency."""
    lines = [*table.rows, table.total] if table.total else table.rows
    return [
        [column.heading for column in table.columns],
        *(
            [value(cell, column.unit, currency) for column, cell in zip(table.columns, line, strict=True)]
            for line in lines
        ),
    ]


def value(cell: Value, unit: Unit, currency: str) -> Value:
    """Return a cell as a sheet holds it: money as people write it, with decimals if the currency has them."""
    if unit is not Unit.MONEY or not isinstance(cell, int) or not money.exponent(currency):
        return cell
    return money.major(cell, currency)


def share_of(document: Mapping[str, Any], numerator: int, denominator: int) -> str:
    """Return a share displayed as the report displays its reflection rate."""
    rate = document["reflection_rate"]
    return Share("", numerator, denominator, rate["decimals"], Rounding(rate["rounding"])).display


def name_of(texts: Mapping[str, str]) -> str:
    """Return the name in the reader's language, or in another where there is none."""
    return localize(texts)


def label_of(choices: Any) -> Callable[[str], str]:
    """Return what turns a key of the document into the words of that enumeration."""

    def label(key: str) -> str:
        return gettext("not stated") if key == "not_stated" else str(choices(key).label)

    return label


_FOREIGN = {
    "true": gettext_lazy("foreign residents"),
    "false": gettext_lazy("nationals"),
    "not_stated": gettext_lazy("not stated"),
}


def _foreign(key: str) -> str:
    return str(_FOREIGN[key])


def _joined(keys: Sequence[str], label: Callable[[str], str]) -> str:
    if not keys:
        return gettext("smaller groups together")
    # Translators: stands between names of groups that were put together, as in "14 to 18, 65 and over".
    return pgettext("between items of a list", ", ").join(label(key) for key in keys)


def _note_on_small_groups(document: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    if all(len(row["keys"]) == 1 for row in rows):
        return ""
    return gettext("Groups of fewer than %(smallest)s people are put together with others.") % {
        "smallest": document["smallest_cell"]
    }


def _or_empty(value: int | None) -> str | int:
    return "" if value is None else value


def rounding_words(rate: Mapping[str, Any]) -> str:
    """Return how a share was brought to its digits, in words."""
    decimals = rate["decimals"]
    if rate["rounding"] == figures.Rounding.TRUNCATE:
        return str(_TRUNCATED[decimals]) if decimals in _TRUNCATED else gettext("cut off")
    return str(_ROUNDED[decimals]) if decimals in _ROUNDED else gettext("rounded half up")


_TRUNCATED = {
    0: gettext_lazy("cut off to a whole number"),
    1: gettext_lazy("cut off after one decimal"),
    2: gettext_lazy("cut off after two decimals"),
}
_ROUNDED = {
    0: gettext_lazy("rounded half up to a whole number"),
    1: gettext_lazy("rounded half up to one decimal"),
    2: gettext_lazy("rounded half up to two decimals"),
}
