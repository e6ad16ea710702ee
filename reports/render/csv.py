"""A report as a CSV file that a spreadsheet opens without running anything found in it.

Residents write titles. A cell that begins like a formula would be calculated by the official who
opens the file, so such a text is preceded by an apostrophe; numbers are written as numbers.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

from reports.render.edition import Edition
from reports.render.tables import Value, as_rows

# Signs that spreadsheets take for the start of a formula, or of a field that runs a program ("|").
_FORMULA = frozenset("=+-@|")
# Excel tells UTF-8 from the local code page by it; without it Korean and Thai open as nonsense.
_BYTE_ORDER_MARK = "\ufeff"


def harmless(text: str) -> str:
    """Return the text without control characters, and marked as text if it begins like a formula.

    Looks at the first character in compatibility decomposition: a full-width "＝" is an equals sign to some
    programs. Leading spaces do not hide it.
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


def as_csv(rows: Iterable[Sequence[Value]]) -> bytes:
    """Return rows as CSV in UTF-8 with a byte order mark, lines ending as RFC 4180 says."""
    file = io.StringIO(newline="")
    file.write(_BYTE_ORDER_MARK)
    writer = csv.writer(file, lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return file.getvalue().encode()


def write(edition: Edition) -> bytes:
    """Return one file for all tables: each begins with its caption and ends with an empty line."""
    rows: list[list[Value]] = []
    for table in edition.tables:
        note: list[list[Value]] = [[table.note]] if table.note else []
        rows += [[table.caption], *note, *as_rows(table, edition.currency), []]
    return as_csv(rows)


def write_one(edition: Edition) -> bytes:
    """Return the first table alone, its headings in the first line."""
    return as_csv(as_rows(edition.tables[0], edition.currency))
