"""Reading a municipal register from CSV or XLSX: every row checked, every fault named by its row.

Nothing read here is kept: rows are hashed by `services.load_register`.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from identity import identifiers
from rounds.models import Residency

COLUMNS = ("number", "born", "area", "participation", "phone")
_NEEDED = ("number", "born", "area")
MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
# An XLSX file is a ZIP archive: what it may hold unpacked.
_MAX_UNPACKED = 200 * 1024 * 1024
# As many errors as a person can fix in one go.
_MAX_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """An error in a row. `row` counts from 1, including the heading; 0 is the file itself."""

    row: int
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a register, checked."""

    row: int
    number: str
    identifier: bytes
    born: date
    area_code: str
    residency: Residency
    phone: bytes | None


class Unreadable(Exception):
    """The file cannot be taken as it is."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def read(name: str, content: bytes, *, area_codes: Mapping[str, object], country: str) -> list[Entry]:
    """Return the register's entries in the order of the file. Raises Unreadable with up to 100 faults."""
    if len(content) > MAX_BYTES:
        raise Unreadable([Fault(0, _("The file is larger than 20 MB. Split it."))])
    rows = _xlsx(content) if name.lower().endswith(".xlsx") else _csv(content)
    heading = [str(cell or "").strip().lower() for cell in next(rows, [])]
    missing = [column for column in _NEEDED if column not in heading]
    if missing:
        message = _("The first row must contain the column names. Missing: %(columns)s.")
        raise Unreadable([Fault(1, message % {"columns": ", ".join(missing)})])
    entries: list[Entry] = []
    faults: list[Fault] = []
    first_row: dict[bytes, int] = {}
    for number, cells in enumerate(rows, start=2):
        if number > MAX_ROWS + 1:
            raise Unreadable([Fault(number, _("The file has more than 200,000 rows. Split it."))])
        values = {column: _text(cell) for column, cell in zip(heading, cells, strict=False)}
        if not any(values.values()):
            continue
        entry = _entry(number, values, area_codes, country)
        if isinstance(entry, Fault):
            faults.append(entry)
        elif entry.identifier in first_row:
            message = _("Same number and date of birth as in row %(row)s.")
            faults.append(Fault(number, message % {"row": first_row[entry.identifier]}))
        else:
            first_row[entry.identifier] = number
            entries.append(entry)
        if len(faults) >= _MAX_FAULTS:
            break
    if faults:
        raise Unreadable(faults)
    if not entries:
        raise Unreadable([Fault(0, _("The file has no rows."))])
    return entries


def _entry(
    row: int, values: Mapping[str, str], area_codes: Mapping[str, object], country: str
) -> Entry | Fault:
    """Return the row's entry, or the first fault in it. Faults never repeat what a cell holds."""
    try:
        born = date.fromisoformat(values["born"])
    except ValueError:
        return Fault(row, _("Column “born” is not a date like 1990-12-31."))
    if identifiers.is_national_number(values["number"], country):
        return Fault(
            row, _("Column “number” contains a national identity number, which may not be collected here.")
        )
    try:
        identifier = identifiers.register_entry(values["number"], values["born"])
    except ValueError:
        return Fault(row, _("Column “number” is empty or too long."))
    if values["area"] not in area_codes:
        return Fault(row, _("Column “area” is not the code of an area of this authority."))
    residency = values.get("participation") or Residency.RESIDENT.value
    if residency not in Residency.values or residency == Residency.OUTSIDE:
        return Fault(row, _("Column “participation” must be “resident” or “affiliate”."))
    phone = None
    if values.get("phone"):
        try:
            phone = identifiers.phone(values["phone"], country)
        except ValueError:
            return Fault(row, _("Column “phone” is not a phone number."))
    return Entry(row, values["number"], identifier, born, values["area"], Residency(residency), phone)


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell).strip()


def _csv(content: bytes) -> Iterator[Sequence[object]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = _("The file is not UTF-8. In the spreadsheet, save it as “CSV UTF-8”.")
        raise Unreadable([Fault(0, message)]) from error
    if "\0" in text:
        raise Unreadable([Fault(0, _("The file is not a text file."))])
    separator = ";" if ";" in text.partition("\n")[0] else ","
    try:
        yield from csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    except csv.Error as error:
        raise Unreadable([Fault(0, _("The file is not valid CSV."))]) from error


def _xlsx(content: bytes) -> Iterator[Sequence[object]]:
    unreadable = Unreadable([Fault(0, _("The file is not an XLSX workbook or is too large."))])
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_UNPACKED:
                raise unreadable
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise unreadable from error
    sheet: Iterable[Sequence[object]] = book.worksheets[0].iter_rows(max_col=20, values_only=True)
    yield from sheet
