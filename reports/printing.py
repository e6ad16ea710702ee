"""A report's tables as a PDF that can be printed and read aloud (PDF/UA-1), made by typst."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst
from django.utils.formats import number_format
from django.utils.translation import gettext

from core.i18n import current_language
from reports import tables
from reports.models import Snapshot
from reports.tables import Column, Table, Unit, Value

_HERE = Path(__file__).parent
_SOURCE = _HERE / "report.typ"
_FONTS = _HERE / "fonts"


def report(snapshot: Snapshot, title: str, parts: Sequence[Table]) -> bytes:
    """Return the tables of a report as a PDF in the active language, a heading for each.

    The same report, tables and language give the same bytes.
    """
    document = snapshot.document
    currency = document["currency"]
    content = {
        "title": title,
        "authority": tables.name_of(document["authority_name"]),
        "language": current_language(),
        "lead": gettext(
            "%(adopted)s of %(submitted)s proposals were adopted, at a cost of %(cost)s %(currency)s."
        )
        % {
            "adopted": _grouped(document["adopted"]),
            "submitted": _grouped(document["submitted"]),
            "cost": _grouped(tables.value(document["adopted_cost"], Unit.MONEY, currency)),
            "currency": currency,
        },
        "footer": gettext("Report %(number)s, SHA-256 %(sha256)s")
        % {"number": snapshot.number, "sha256": snapshot.sha256},
        "parts": [_part(table, currency) for table in parts],
    }
    made: bytes = typst.compile(
        _SOURCE,
        root=_HERE,
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"document": json.dumps(content)},
        pdf_standards=["ua-1"],
        timestamp=int(snapshot.taken_at.timestamp()),
    )
    return made


def _part(table: Table, currency: str) -> dict[str, Any]:
    printed = [index for index, column in enumerate(table.columns) if column.in_print]

    def line(cells: Sequence[Value]) -> list[str]:
        return [
            _grouped(tables.value(cells[index], table.columns[index].unit, currency)) for index in printed
        ]

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


def _grouped(cell: Value) -> str:
    if isinstance(cell, str):
        return cell
    decimals = -int(cell.as_tuple().exponent) if isinstance(cell, Decimal) else 0
    return number_format(cell, decimal_pos=decimals, force_grouping=True)
