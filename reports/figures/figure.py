"""Figures of the report: how each is read from the records, its meaning, and how it is shown.

One object says it all. The document, the page, CSV, XLSX, PDF, JSON, the description of the API and the table
in `docs/reports.md` follow from `reports.figures.FIGURES`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.figures.facts import Facts
from reports.render.tables import Chart, Table, Unit, Value, rounding_words, written
from reports.schema import Percent, Report, Share

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

T = TypeVar("T")

# The source of the numbers.
OF_PROPOSALS = _("records of the proposals")
OF_ROUND = _("settings of the round")
OF_PROPOSALS_AND_ROUND = _("records of the proposals and settings of the round")

_PROPOSALS = _("proposals")
_PART_OF_WHOLE = _("%(numerator)s of %(denominator)s")


@dataclass(frozen=True, slots=True)
class GivenIdentifier:
    """A figure as every form of the report shows it, in the reader's language.

    `value`, `numerator` and `denominator` are plain (money in minor units, shares as digits), for sheets;
    `words`, `parts` and `note` say the same to a person. `target` is in percent.
    """

    key: str
    name: str
    value: Value
    words: str
    unit: Unit
    unit_words: str
    sentence: str
    source: str
    numerator: int | None = None
    denominator: int | None = None
    part_unit: Unit = Unit.NUMBER
    rounding: str = ""
    parts: str = ""
    note: str = ""
    chart: Chart = Chart.NONE
    target: Percent | None = None
    is_headline: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[T]):
    """A value of the document that is published and read by machines, and shown nowhere by itself.

    `shape` is its type, `query` reads it from a round's records with at most a few queries, `docs` says in
    one English sentence what it is. `since` is the first format of the document that has it: one above
    the newest for a new entry.
    """

    key: str
    shape: Any
    query: Callable[[Facts], T]
    docs: str
    since: int = 1

    def is_in(self, report: Report) -> bool:
        """Return whether the report was made when there was such an entry."""
        return report.format >= self.since

    def of(self, report: Report) -> T:
        """Return the report's value of it. Raises AttributeError if the report is older."""
        return cast(T, getattr(report, self.key))

    def shown(self, report: Report) -> GivenIdentifier | None:
        """Return it as a key figure; None if there is nothing to show."""
        return None

    def tables(self, report: Report) -> Sequence[Table]:
        """Return it as tables, in their order."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Entry[Any]):
    """A count, an amount or another single number; None is unknown, and not shown.

    `counted` names what a count counts. `part` and `whole` give the numerator and the denominator, both
    counted alike; `parts` says them, with %(numerator)s and %(denominator)s. `note` says what else a reader
    should know, `rounding` how exact the number is. What another figure says already is no headline: it has
    no place of its own on the page.
    """

    name: "StrOrPromise"
    sentence: "StrOrPromise"
    source: "StrOrPromise"
    unit: Unit = Unit.NUMBER
    counted: "StrOrPromise" = _PROPOSALS
    part: Entry[int] | None = None
    whole: Entry[int] | None = None
    parts: "StrOrPromise" = _PART_OF_WHOLE
    note: Callable[[Report], str] = lambda report: ""
    rounding: Callable[[Report], str] = lambda report: ""
    chart: Chart = Chart.NONE
    is_headline: bool = True

    def shown(self, report: Report) -> GivenIdentifier | None:
        """Return the number; None if unknown."""
        value = self.of(report)
        if value is None:
            return None
        plain = value if self.unit in (Unit.NUMBER, Unit.MONEY) else str(value)
        numerator = self.part.of(report) if self.part else None
        denominator = self.whole.of(report) if self.whole else None
        return GivenIdentifier(
            key=self.key,
            name=str(self.name),
            value=plain,
            words=written(plain, self.unit, report.currency),
            unit=self.unit,
            unit_words=unit_words(self.unit, report.currency, self.counted),
            sentence=str(self.sentence),
            source=str(self.source),
            numerator=numerator,
            denominator=denominator,
            part_unit=self.unit,
            rounding=self.rounding(report),
            parts=parts_words(self.parts, numerator, denominator, self.unit, report.currency),
            note=self.note(report),
            chart=self.chart,
            is_headline=self.is_headline,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotient(Entry[Share]):
    """A part of a whole in percent, rounded as is set for the round. `title` is its name in the document.

    Numerator and denominator are counted alike, in `part_unit`. A share of nothing is not shown.
    """

    name: "StrOrPromise"
    sentence: "StrOrPromise"
    source: "StrOrPromise"
    parts: "StrOrPromise" = _PART_OF_WHOLE
    part_unit: Unit = Unit.NUMBER
    chart: Chart = Chart.BAR
    # A mark on the bar, in percent.
    target: Entry[Percent | None] | None = None
    is_headline: bool = True

    def shown(self, report: Report) -> GivenIdentifier | None:
        """Return the share with what it was made of; None for a share of nothing."""
        share = self.of(report)
        if not share.display:
            return None
        return GivenIdentifier(
            key=self.key,
            name=str(self.name),
            value=share.display,
            words=written(share.display, Unit.PERCENT, report.currency),
            unit=Unit.PERCENT,
            unit_words=unit_words(Unit.PERCENT, report.currency),
            sentence=str(self.sentence),
            source=str(self.source),
            numerator=share.numerator,
            denominator=share.denominator,
            part_unit=self.part_unit,
            rounding=rounding_words(share),
            parts=parts_words(
                self.parts, share.numerator, share.denominator, self.part_unit, report.currency
            ),
            note=rounding_words(share),
            chart=self.chart,
            target=self.target.of(report) if self.target else None,
            is_headline=self.is_headline,
        )


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a heading; `lead` opens it with a sentence."""

    heading: "StrOrPromise"
    lead: Callable[[Report], str] = lambda report: ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown(Entry[T]):
    """Numbers by group. `write` makes tables of it; those without rows are not shown."""

    section: Section
    write: Callable[[Report, T], Sequence[Table]]

    def tables(self, report: Report) -> Sequence[Table]:
        """Return its tables that have rows."""
        return [table for table in self.write(report, self.of(report)) if table.rows]


def unit_words(unit: Unit, currency: str, counted: "StrOrPromise" = "") -> str:
    """Name what a number counts: "percent", "KRW", or what `counted` says."""
    return {
        Unit.PERCENT: gettext("percent"),
        Unit.POINTS: gettext("percentage points"),
        Unit.MONEY: currency,
    }.get(unit, str(counted))


def parts_words(
    sentence: "StrOrPromise", numerator: int | None, denominator: int | None, unit: Unit, currency: str
) -> str:
    """Return the parts of a figure in words; empty if unknown."""
    if denominator is None:
        return ""
    return sentence % {
        "numerator": "" if numerator is None else written(numerator, unit, currency),
        "denominator": written(denominator, unit, currency),
    }
