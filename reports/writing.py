"""A published report written out: prepared for the page, and as CSV, JSON, XLSX and PDF files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from core.canonical import canonical
from reports import outcomes, printing, sheets, tables
from reports.models import Snapshot
from reports.tables import Column, Table, Unit, Value

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
REPORT_FORMS = ("csv", "xlsx", "pdf", "json")


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of a table on the page, with the heading it stands under."""

    column: Column
    value: Value


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table on the page; `share` draws a bar of adopted in submitted, where there is one."""

    name: str
    entries: Sequence[Entry]
    share: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table prepared for the page."""

    table: Table
    lines: Sequence[Line]
    total: Line | None


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
    """Everything the report's page shows besides the document itself."""

    document: Mapping[str, Any]
    rounding: str
    funnel: Table
    funnel_values: Sequence[int]
    reasons: PageTable
    places: Sequence[PageTable]
    proposers: Sequence[PageTable]
    participants: Sequence[PageTable]
    vote: outcomes.Vote


def page(document: Mapping[str, Any]) -> Page:
    """Return the document prepared for the page, in the reader's language."""
    made = {table.slug: table for table in tables.all_tables(document)}
    funnel = tables.funnel(document)
    groups = ("by_track", "by_participation", "by_age_group", "by_foreign_resident")
    return Page(
        document=document,
        rounding=tables.rounding_words(document["reflection_rate"]),
        funnel=funnel,
        funnel_values=[int(row[1]) for row in funnel.rows],
        reasons=prepared(tables.reasons(document)),
        places=[prepared(made[slug]) for slug in ("by_area", "by_category") if slug in made],
        proposers=[prepared(made[slug]) for slug in groups if slug in made],
        participants=[prepared(table) for table in tables.participants(document)],
        vote=outcomes.vote(document),
    )


def adopted_lines(document: Mapping[str, Any]) -> list[AdoptedLine]:
    """Return the adopted projects for the page, most votes first."""
    how = outcomes.how_funded(document)
    rows = tables.adopted(document, how).rows
    lines = []
    for project, row in zip(document["adopted_projects"], rows, strict=True):
        _code, _rank, _title, area, category, _votes, _cost, progress, *said = row
        lines.append(
            AdoptedLine(
                **{name: project[name] for name in ("code", "rank", "title", "votes", "cost")},
                area=str(area),
                category=str(category),
                progress=str(progress),
                how=str(said[0]) if said else "",
            )
        )
    return lines


def prepared(table: Table) -> PageTable:
    """Return a table prepared for the page."""
    return PageTable(
        table,
        [_line(table, row) for row in table.rows],
        _line(table, table.total) if table.total else None,
    )


def _line(table: Table, row: Sequence[Value]) -> Line:
    entries = [Entry(column, value) for column, value in zip(table.columns[1:], row[1:], strict=True)]
    is_share = table.slug.startswith("by_") and isinstance(row[1], int) and isinstance(row[2], int)
    return Line(str(row[0]), entries, (int(row[2]), int(row[1])) if is_share else None)


def report_file(snapshot: Snapshot, form: str) -> bytes:
    """Return a published report as "csv", "json", "xlsx" or "pdf". Words are in the active language.

    JSON is the document exactly as its digest was taken of it. Raises KeyError for another form.
    """
    return {"csv": _csv, "json": _json, "xlsx": _xlsx, "pdf": _pdf}[form](snapshot)


def adopted_file(snapshot: Snapshot, form: str) -> tuple[bytes, int]:
    """Return the adopted projects as "csv", "xlsx" or "pdf" for the council, and how many they are.

    Workbook and print have the vote's tables too: why the others were not funded, who gets what, other rules.
    """
    document = snapshot.document
    adopted = tables.adopted(document, outcomes.how_funded(document))
    more = outcomes.all_tables(document)
    if form == "pdf":
        title = gettext("Adopted projects: %(round)s") % {"round": tables.name_of(document["title"])}
        content = printing.report(snapshot, title, [adopted, *more])
    elif form == "xlsx":
        pages = [(table.caption, _sheet(table, document["currency"])) for table in (adopted, *more)]
        content = sheets.as_xlsx(pages, title=adopted.caption, made_at=snapshot.taken_at)
    else:
        content = sheets.as_csv(tables.as_rows(adopted, document["currency"]))
    return content, len(adopted.rows)


def _all_tables(document: Mapping[str, Any]) -> list[Table]:
    return [*tables.all_tables(document), *outcomes.all_tables(document)]


def _json(snapshot: Snapshot) -> bytes:
    return canonical(snapshot.document)


def _csv(snapshot: Snapshot) -> bytes:
    """One file for all tables: each begins with its caption and ends with an empty line."""
    rows: list[list[Value]] = [*_summary(snapshot), []]
    for table in _all_tables(snapshot.document):
        note: list[list[Value]] = [[table.note]] if table.note else []
        rows += [[table.caption], *note, *tables.as_rows(table, snapshot.document["currency"]), []]
    return sheets.as_csv(rows)


def _pdf(snapshot: Snapshot) -> bytes:
    title = gettext("Report: %(round)s") % {"round": tables.name_of(snapshot.document["title"])}
    summary = Table(
        "summary",
        gettext("Summary"),
        [Column(gettext("Figure"), Unit.WORDS, wide=1), Column(gettext("Value"), Unit.WORDS, wide=2)],
        _summary(snapshot),
    )
    return printing.report(snapshot, title, [summary, *_all_tables(snapshot.document)])


def _xlsx(snapshot: Snapshot) -> bytes:
    title = tables.name_of(snapshot.document["title"])
    headings: list[Value] = [gettext("Figure"), gettext("Value")]
    pages = [(gettext("Summary"), [headings, *_summary(snapshot)])]
    pages += [
        (table.caption, _sheet(table, snapshot.document["currency"]))
        for table in _all_tables(snapshot.document)
    ]
    return sheets.as_xlsx(pages, title=title, made_at=snapshot.taken_at)


def _sheet(table: Table, currency: str) -> list[list[Value]]:
    """Return a table as a sheet of a workbook; its note stands below, where it does not hide the headings."""
    rows = tables.as_rows(table, currency)
    return [*rows, [], [table.note]] if table.note else rows


def _summary(snapshot: Snapshot) -> list[list[Value]]:
    """Return the key figures as (name, value), with what is needed to redo them."""
    document = snapshot.document
    rate = document["reflection_rate"]

    def sum_of(name: str) -> Value:
        return tables.value(document[name], Unit.MONEY, document["currency"])

    rows: list[list[Value]] = [
        [gettext("Authority"), tables.name_of(document["authority_name"])],
        [gettext("Round"), tables.name_of(document["title"])],
        [gettext("Report number"), snapshot.number],
        [gettext("Figures as of"), document["as_of"]],
        [gettext("Submitted proposals"), document["submitted"]],
        [gettext("Adopted proposals"), document["adopted"]],
        [gettext("Reflection rate by number, percent"), rate["display"]],
        [gettext("How the rate is rounded"), tables.rounding_words(rate)],
        [
            gettext("Reflection rate by money, percent"),
            document["reflection_rate_by_money"]["display"],
        ],
        [gettext("Adopted of those on the ballot, percent"), document["adoption_rate"]["display"]],
        [
            gettext("Budget in %(currency)s") % {"currency": document["currency"]},
            sum_of("budget"),
        ],
        [
            gettext("Cost of adopted proposals in %(currency)s") % {"currency": document["currency"]},
            sum_of("adopted_cost"),
        ],
        [
            gettext("Budget left in %(currency)s") % {"currency": document["currency"]},
            sum_of("budget_left"),
        ],
    ]
    if document["target"] is not None:
        rows += [
            [gettext("Target in percent"), str(document["target"])],
            [gettext("Proposals missing to the target"), _or_empty(document["gap_proposals"])],
            [gettext("Points missing to the target"), document["gap_points"] or ""],
        ]
    if snapshot.correction:
        rows.append([gettext("Correction"), snapshot.correction])
    if document["notice"]:
        rows.append([gettext("Note"), tables.name_of(document["notice"])])
    rows.append([gettext("SHA-256 of the report"), snapshot.sha256])
    return rows


def _or_empty(value: int | None) -> Value:
    return "" if value is None else value
