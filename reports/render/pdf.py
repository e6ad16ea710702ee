"""A report's tables as a PDF that can be printed and read aloud (PDF/UA-1), made by typst."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst
from django.utils.formats import number_format

from core.i18n import current_language
from reports.render import tables
from reports.render.edition import Edition
from reports.render.tables import Column, Table, Unit, Value

_HERE = Path(__file__).parent
_SOURCE = _HERE / "report.typ"
_FONTS = _HERE / "fonts"


def write(edition: Edition) -> bytes:
    """Return the tables as a PDF in the active language, a heading for each.

    The same edition gives the same bytes.
    """
    content = {
        "title": edition.title,
        "authority": edition.authority,
        "language": current_language(),
        "lead": edition.lead,
        "footer": edition.footer,
        "parts": [_part(table, edition.currency) for table in edition.tables],
    }
    made: bytes = typst.compile(
        _SOURCE,
        root=_HERE,
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"document": json.dumps(content)},
        pdf_standards=["ua-1"],
        timestamp=int(edition.made_at.timestamp()),
    )
    return made


def _part(table: Table, currency: str) -> dict[str, Any]:
    printed = [index for index, column in enumerate(table.columns) if column.in_print]

    def line(cells: Sequence[Value]) -> list[str]:
        return [_cell(cells[index], table.columns[index].unit, currency) for index in printed]

    return {
        "heading": table.caption,
        "note": table.note,
        "columns": [
            {
                "heading": _heading(table.columns[index], currency),
                "is_number": table.columns[index].unit != Unit.WORDS,
                "wide": table.columns[index].wide,
            }
            for index in printed
        ],
        "rows": [line(row) for row in table.rows],
        "total": line(table.total) if table.total else [],
    }


def _heading(column: Column, currency: str) -> str:
    return f"{column.heading} ({currency})" if column.unit == Unit.MONEY else column.heading


def _cell(cell: Value, unit: Unit, currency: str) -> str:
    """Write a cell as the reader's language writes it: words as they are, numbers in groups."""
    cell = tables.value(cell, unit, currency)
    if isinstance(cell, str):
        return cell if unit is Unit.WORDS else tables.digits(cell)
    decimals = -int(cell.as_tuple().exponent) if isinstance(cell, Decimal) else 0
    return number_format(cell, decimal_pos=decimals, force_grouping=True)
