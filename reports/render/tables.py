"""Tables in the reader's language, and how a value is written: what every form of a report is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext, gettext_lazy, pgettext

from core import money
from core.i18n import current_language, localize
from reports.arithmetic import Rounding
from reports.schema import Share

# The content of a cell of a sheet.
Value = str | int | Decimal


class Unit(StrEnum):
    """The unit of a number."""

    WORDS = "words"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    POINTS = "points"


class Chart(StrEnum):
    """The drawing of numbers on the page, next to the text that states them."""

    NONE = "none"
    # A part of a whole.
    BAR = "bar"
    # A whole cut into its parts.
    PARTS = "parts"
    # A bar in each row: the third column in the second.
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading in the reader's language, and the type of its cells.

    `wide` is its share of the width of a printed page, for long texts; 0 for as much as it needs. Content
    already stated in a sentence next to it is not printed (`in_print`).
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
    chart: Chart = Chart.NONE


def headings(*columns: tuple[str, Unit]) -> list[Column]:
    """Return columns as wide as they need, each with its heading and what it counts."""
    return [Column(heading, unit) for heading, unit in columns]


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


def written(cell: Value, unit: Unit, currency: str) -> str:
    """Return a value as the reader's language writes it within a sentence: with its sign or currency."""
    if unit is Unit.PERCENT:
        return percent(str(cell))
    if unit is Unit.POINTS:
        return digits(str(cell))
    if not isinstance(cell, int):
        return str(cell)
    if unit is Unit.MONEY:
        return money.written(cell, currency, current_language())
    return money.grouped(cell, current_language())


def digits(text: str) -> str:
    """Return digits with the reader's decimal sign (a comma in Vietnamese) and a true minus."""
    signed = text.replace("-", "\u2212")
    return signed.replace(".", ",") if current_language() == "vi" else signed


def percent(text: str) -> str:
    """Return a share's digits with the percent sign; empty for a share of nothing."""
    return f"{digits(text)}%" if text else ""


def name_of(texts: Mapping[str, str]) -> str:
    """Return the name in the reader's language, or in another one."""
    return localize(texts)


def label_of(choices: Any) -> Callable[[str], str]:
    """Return what turns a key of the document into the words of that enumeration."""

    def label(key: str) -> str:
        return gettext("not stated") if key == "not_stated" else str(choices(key).label)

    return label


def joined(keys: Sequence[str], label: Callable[[str], str]) -> str:
    """Name a group, or several that were put together."""
    if not keys:
        return gettext("smaller groups combined")
    # Translators: between names of groups that were combined, as in "14 to 18, 65 and over".
    return pgettext("between items of a list", ", ").join(label(key) for key in keys)


def note_on_small_groups(smallest_cell: int, groups: Sequence[Sequence[str]]) -> str:
    """Say that groups were combined; empty if each of them, given by its keys, is shown separately."""
    if all(len(keys) == 1 for keys in groups):
        return ""
    return gettext("Groups of fewer than %(smallest)s people are combined with others.") % {
        "smallest": smallest_cell
    }


def or_empty(number: int | None) -> Value:
    """Return the number, or an empty cell for an unknown one."""
    return "" if number is None else number


def rounding_words(share: Share) -> str:
    """Return how a share was brought to its digits, in words."""
    if share.rounding is Rounding.TRUNCATE:
        return str(_TRUNCATED.get(share.decimals, gettext("truncated")))
    return str(_ROUNDED.get(share.decimals, gettext("rounded")))


_TRUNCATED = {
    0: gettext_lazy("truncated to a whole number"),
    1: gettext_lazy("truncated after one decimal"),
    2: gettext_lazy("truncated after two decimals"),
}
_ROUNDED = {
    0: gettext_lazy("rounded to a whole number"),
    1: gettext_lazy("rounded to one decimal"),
    2: gettext_lazy("rounded to two decimals"),
}
