"""A published report, and its adopted projects, as files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from core.canonical import canonical
from reports import assembly
from reports.figures import FIGURES, counts, money, shown, votes
from reports.figures.projects import adopted_table
from reports.models import Snapshot
from reports.render import csv, pdf, xlsx
from reports.render.edition import Edition
from reports.render.tables import Column, Table, Unit, Value, name_of, value, written
from reports.schema import Report


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file, and what writes it."""

    content_type: str
    write: Callable[[Edition], bytes]


FORMS = {
    "csv": Form("text/csv; charset=utf-8", csv.write),
    "xlsx": Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.write),
    "pdf": Form("application/pdf", pdf.write),
}
# JSON is the document itself.
CONTENT_TYPES = {name: form.content_type for name, form in FORMS.items()} | {"json": "application/json"}


def report_file(snapshot: Snapshot, form: str) -> bytes:
    """Return a published report as "csv", "json", "xlsx" or "pdf". Words are in the active language.

    JSON is the document exactly as its digest was taken of it. Raises KeyError for another form.
    """
    if form == "json":
        return canonical(snapshot.document)
    report = assembly.read(snapshot.document)
    title = gettext("Report: %(round)s") % {"round": name_of(report.title)}
    tables = [about(snapshot, report), key_figures(report)]
    for figure in FIGURES:
        if figure.is_in(report):
            tables += figure.tables(report)
    return FORMS[form].write(_edition(snapshot, report, title, tables))


def adopted_file(snapshot: Snapshot, form: str) -> tuple[bytes, int]:
    """Return the adopted projects as "csv", "xlsx" or "pdf" for the council, and how many they are.

    Workbook and print have the vote's tables too: why the others were not funded, who gets what, other rules.
    """
    report = assembly.read(snapshot.document)
    adopted = adopted_table(report, votes.how_funded(report))
    more = votes.VOTE.tables(report) if votes.VOTE.is_in(report) else []
    title = gettext("Adopted projects: %(round)s") % {"round": name_of(report.title)}
    edition = _edition(snapshot, report, title, [adopted, *more])
    return csv.write_one(edition) if form == "csv" else FORMS[form].write(edition), len(adopted.rows)


def _edition(snapshot: Snapshot, report: Report, title: str, tables: Sequence[Table]) -> Edition:
    amounts = {
        "adopted": (counts.ADOPTED.of(report), Unit.NUMBER),
        "submitted": (counts.SUBMITTED.of(report), Unit.NUMBER),
        "cost": (money.ADOPTED_COST.of(report), Unit.MONEY),
    }
    return Edition(
        title=title,
        authority=name_of(report.authority_name),
        lead=gettext("%(adopted)s of %(submitted)s proposals were adopted, at a cost of %(cost)s.")
        % {name: written(number, unit, report.currency) for name, (number, unit) in amounts.items()},
        footer=gettext("Report %(number)s, SHA-256 %(sha256)s")
        % {"number": snapshot.number, "sha256": snapshot.sha256},
        currency=report.currency,
        made_at=snapshot.taken_at,
        tables=tables,
    )


def about(snapshot: Snapshot, report: Report) -> Table:
    """Return the facts about the figures: authority, time, source, and how to recognise them."""
    as_of = report.as_of.astimezone(ZoneInfo(report.time_zone))
    rows: list[list[Value]] = [
        [gettext("Authority"), name_of(report.authority_name)],
        [gettext("Round"), name_of(report.title)],
        [gettext("Report number"), snapshot.number],
        [gettext("Figures as of"), f"{as_of:%Y-%m-%d %H:%M} ({report.time_zone})"],
    ]
    if snapshot.correction:
        rows.append([gettext("Correction"), snapshot.correction])
    if report.notice:
        rows.append([gettext("Note"), name_of(report.notice)])
    rows.append([gettext("SHA-256 of the report"), snapshot.sha256])
    return Table(
        "summary",
        gettext("Summary"),
        [Column(gettext("Figure"), Unit.WORDS, wide=1), Column(gettext("Value"), Unit.WORDS, wide=2)],
        rows,
    )


def key_figures(report: Report) -> Table:
    """Return the key figures, each with its unit, what it was made of, how it was rounded and its source."""

    def cell(number: Value | None, unit: Unit) -> Value:
        return "" if number is None else value(number, unit, report.currency)

    return Table(
        "key_figures",
        gettext("Key figures"),
        [
            Column(gettext("Figure"), Unit.WORDS, wide=3),
            Column(gettext("Value"), Unit.NUMBER),
            Column(gettext("Unit"), Unit.WORDS),
            Column(gettext("Numerator"), Unit.NUMBER),
            Column(gettext("Denominator"), Unit.NUMBER),
            Column(gettext("Rounding"), Unit.WORDS, wide=3),
            Column(gettext("Source"), Unit.WORDS, wide=3),
            Column(gettext("Meaning"), Unit.WORDS, wide=5),
        ],
        [
            [
                figure.name,
                cell(figure.value, figure.unit),
                figure.unit_words,
                cell(figure.numerator, figure.part_unit),
                cell(figure.denominator, figure.part_unit),
                figure.rounding,
                figure.source,
                figure.sentence,
            ]
            for figure in shown(report)
        ],
    )
