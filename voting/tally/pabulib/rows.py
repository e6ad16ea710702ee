"""Rows and fields of a file, each knowing its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .wrongs import WRONGS


class PbError(ValueError):
    """An error in a file, with its place: line and column, both counted from 1.

    `sentence` is the English one of `WRONGS[code]` with placeholders for `values`; `message` has them filled
    in.
    """

    def __init__(self, line: int, column: int, code: str, /, **values: int | str) -> None:
        self.line = line
        self.column = column
        self.code = code
        self.sentence = WRONGS[code]
        self.values = values
        self.message = self.sentence % values
        super().__init__(f"line {line}, column {column}: {self.message}")


@dataclass(frozen=True, slots=True)
class Row:
    """Fields of one row, its first line, and the column where each field begins."""

    line: int
    fields: list[str]
    columns: list[int]

    def error(self, place: int, code: str, within: int = 0, /, **values: int | str) -> PbError:
        """Return what is wrong with the field at `place`, `within` characters into it."""
        column = self.columns[place] if place < len(self.columns) else 1
        return PbError(self.line, column + within, code, **values)


def rows_of(text: str, line: int) -> Iterator[Row]:
    """Split text into rows of `;`-separated fields; a field in double quotes may hold `;`, `""` and newlines.

    Raises PbError for a quote that is not closed, or that has something after it.
    """
    for raw in _joined_lines(text, line):
        line, content = raw
        if '"' not in content:
            fields = content.split(";")
            columns = []
            at = 1
            for each in fields:
                columns.append(at)
                at += len(each) + 1
            yield Row(line, fields, columns)
        else:
            yield _quoted_row(line, content)


def _joined_lines(text: str, line: int) -> Iterator[tuple[int, str]]:
    """Yield (line number, content), joining lines while a quoted field is open."""
    pending: list[str] = []
    first = line
    for number, content in enumerate(re.split(r"\r\n|\n", text), start=line):
        if not pending and content.count('"') % 2 == 0:
            yield number, content
            continue
        if not pending:
            first = number
        pending.append(content)
        joined = "\n".join(pending)
        if joined.count('"') % 2 == 0:
            yield first, joined
            pending = []
    if pending:
        column = pending[0].rindex('"') + 1
        raise PbError(first, column, "quote_open")


def _quoted_row(line: int, content: str) -> Row:
    fields: list[str] = []
    columns: list[int] = []
    at = 0
    while True:
        columns.append(at + 1)
        if content.startswith('"', at):
            end = at + 1
            while True:
                end = content.index('"', end)
                if not content.startswith('""', end):
                    break
                end += 2
            fields.append(content[at + 1 : end].replace('""', '"'))
            at = end + 1
            if at < len(content) and content[at] != ";":
                raise PbError(line, at + 1, "quote_ends_early")
        else:
            end = content.find(";", at)
            end = len(content) if end < 0 else end
            if '"' in content[at:end]:
                column = content.index('"', at) + 1
                raise PbError(line, column, "quote_inside")
            fields.append(content[at:end])
            at = end
        if at >= len(content):
            return Row(line, fields, columns)
        at += 1
