"""Tables as CSV and XLSX files that a spreadsheet opens without running anything found in them.

Residents write titles. A cell that begins like a formula would be calculated by the official who
opens the file, so such a text is preceded by an apostrophe; numbers are written as numbers.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import xlsxwriter

Cell = str | int | Decimal | None

# What spreadsheets take for the beginning of a formula, or of a field that runs a program ("|").
_FORMULA = frozenset("=+-@|")
# Excel tells UTF-8 from the local code page by it; without it Korean and Thai open as nonsense.
_BYTE_ORDER_MARK = "\ufeff"


def harmless(text: str) -> str:
    """Return the text without control characters, and marked as text where it begins like a formula.

    Looks at the first character as compatibility decomposition writes it: a full-width "＝" is an
    equals sign to some programs. Leading spaces do not hide it.
    """
    # A tab, a return or a line break would be cut off by some programs and lay open what follows.
    cleaned = "".join(
        " " if unicodedata.category(sign) in {"Zl", "Zp"} or sign in "\t\r\n" else sign
        for sign in text
        if unicodedata.category(sign) not in {"Cc", "Cf"} or sign in "\t\r\n\u200d"
    ).strip()
    if unicodedata.normalize("NFKC", cleaned[:1])[:1] in _FORMULA:
        return f"'{cleaned}"
    return cleaned


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as CSV in UTF-8 with a byte order mark, lines ending as RFC 4180 says."""
    file = io.StringIO(newline="")
    file.write(_BYTE_ORDER_MARK)
    writer = csv.writer(file, lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue().encode()


def as_xlsx(
    sheets: Iterable[tuple[str, Sequence[Sequence[Cell]]]], *, title: str, made_at: datetime
) -> bytes:
    """Return one workbook with a sheet per (name, rows); each first row is a heading that stays in sight.

    Texts are written as texts, never as formulas or links. The same rows and `made_at` give the same bytes.
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


def _width(cell: Cell) -> int:
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
