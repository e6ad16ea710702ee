"""A report as a workbook: a sheet for each table, texts as texts, never as formulas or links."""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import xlsxwriter

from reports.render.csv import harmless
from reports.render.edition import Edition
from reports.render.tables import Table, Value, as_rows


def write(edition: Edition) -> bytes:
    """Return a workbook with a sheet for each table."""
    return as_xlsx(
        [(table.caption, _sheet(table, edition.currency)) for table in edition.tables],
        title=edition.title,
        made_at=edition.made_at,
    )


def _sheet(table: Table, currency: str) -> list[list[Value]]:
    """Return a table as a sheet of a workbook; its note is below, so that it does not hide the headings."""
    rows = as_rows(table, currency)
    return [*rows, [], [table.note]] if table.note else rows


def as_xlsx(
    sheets: Iterable[tuple[str, Sequence[Sequence[Value]]]], *, title: str, made_at: datetime
) -> bytes:
    """Return one workbook with a sheet per (name, rows); each first row is a heading that stays in sight.

    The same rows and `made_at` give the same bytes.
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "created": made_at.replace(tzinfo=None)})
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    number = book.add_format({"num_format": "#,##0", "valign": "top"})
    decimals = book.add_format({"num_format": "#,##0.00", "valign": "top"})
    taken: set[str] = set()
    for name, rows in sheets:
        sheet = book.add_worksheet(_sheet_name(name, taken))
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(line, column, cell, number)
                elif isinstance(cell, Decimal):
                    # The file format knows only binary fractions; two decimals survive in it up to 10^13.
                    sheet.write_number(line, column, float(cell), decimals)
                elif cell:
                    sheet.write_string(line, column, harmless(cell), heading if line == 0 else text)
        for column in range(max((len(row) for row in rows), default=0)):
            widest = max((_width(row[column]) for row in rows if column < len(row)), default=0)
            sheet.set_column(column, column, min(max(widest + 2, 10), 60))
    book.close()
    return file.getvalue()


def _width(cell: Value) -> int:
    """Return how many columns of a Latin digit the cell takes; Korean letters take two."""
    text = f"{cell:,}" if isinstance(cell, int | Decimal) else (cell or "")
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a name Excel accepts: at most 31 characters, none of []:*?/\\, no name twice."""
    base = "".join(" " if sign in "[]:*?/\\" else sign for sign in name).strip("' ")[:31] or "1"
    chosen, number = base, 2
    while chosen.lower() in taken:
        chosen = f"{base[:28]} {number}"
        number += 1
    taken.add(chosen.lower())
    return chosen
