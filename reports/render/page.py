"""A report prepared for its page, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports.figures import FIGURES, shown
from reports.figures.figure import Breakdown, GivenIdentifier, Section
from reports.figures.projects import ADOPTED_PROJECTS, adopted_table
from reports.figures.target import TARGET
from reports.figures.votes import VOTE, how_funded
from reports.render import votes
from reports.render.tables import Chart, Column, Table, Value
from reports.schema import Percent, Report


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of a table on the page, with its heading."""

    column: Column
    value: Value


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table on the page; `share` draws a bar of adopted in submitted, if known."""

    name: str
    entries: Sequence[Entry]
    share: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table prepared for the page. `values` are the parts of a whole, if it is drawn as one bar."""

    table: Table
    lines: Sequence[Line]
    total: Line | None
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page under a heading."""

    section: Section
    lead: str
    tables: list[PageTable] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AdoptedLine:
    """An adopted project as a row that opens. Cost in minor units; `how` is empty without a vote."""

    code: str
    rank: int | None
    title: Mapping[str, str]
    votes: int | None
    cost: int
    area: str
    category: str
    progress: str
    how: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the report's page shows. `vote` is None if the report is older than votes in it."""

    report: Report
    figures: Sequence[GivenIdentifier]
    target: Percent | None
    parts: Sequence[Part]
    vote: votes.VoteInWords | None

    @property
    def headlines(self) -> Sequence[GivenIdentifier]:
        """The figures that have a place of their own."""
        return [figure for figure in self.figures if figure.is_headline]


def page(report: Report) -> Page:
    """Return the report prepared for its page."""
    parts: dict[int, Part] = {}
    for figure in FIGURES:
        # The vote is explained by its own fragment, which the page of the results shows too.
        if isinstance(figure, Breakdown) and figure is not VOTE and figure.is_in(report):
            section: Section = figure.section
            tables = [prepared(table) for table in figure.tables(report)]
            if tables:
                part = parts.setdefault(id(section), Part(section, section.lead(report)))
                part.tables.extend(tables)
    return Page(
        report=report,
        figures=shown(report),
        target=TARGET.of(report),
        parts=list(parts.values()),
        vote=votes.in_words(VOTE.of(report), report.currency) if VOTE.is_in(report) else None,
    )


def adopted_lines(report: Report) -> list[AdoptedLine]:
    """Return the adopted projects for the page, most votes first."""
    lines = []
    rows = adopted_table(report, how_funded(report)).rows
    for project, row in zip(ADOPTED_PROJECTS.of(report), rows, strict=True):
        _code, _rank, _title, area, category, _votes, _cost, progress, *how = row
        lines.append(
            AdoptedLine(
                code=project.code,
                rank=project.rank,
                title=project.title,
                votes=project.votes,
                cost=project.cost,
                area=str(area),
                category=str(category),
                progress=str(progress),
                how=str(how[0]) if how else "",
            )
        )
    return lines


def prepared(table: Table) -> PageTable:
    """Return a table prepared for the page."""
    return PageTable(
        table,
        [_line(table, row) for row in table.rows],
        _line(table, table.total) if table.total else None,
        [int(row[1]) for row in table.rows] if table.chart is Chart.PARTS else [],
    )


def _line(table: Table, row: Sequence[Value]) -> Line:
    entries = [Entry(column, value) for column, value in zip(table.columns[1:], row[1:], strict=True)]
    share = (int(row[2]), int(row[1])) if table.chart is Chart.ROWS else None
    return Line(str(row[0]), entries, share)
