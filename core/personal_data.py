"""Sources of personal data: each table that holds some is declared once, in `<room>/personal_data.py`.

The file of one's own data, erasure, the retention job, the privacy notice, the names of pages in the access
log and the table in the documents all derive from these sources. Callables receive the account; it is `Any`
here, since this module knows no domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Erasure:
    """An account holder's request for erasure: its time, and if public texts are withdrawn too."""

    at: datetime
    withdraw_public: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the file of one's own data: its key, its place, and its rows as plain values.

    `order` grows through the file; a key, once published, never changes.
    """

    name: str
    order: int
    rows: Callable[[Any], Rows]


@dataclass(frozen=True, slots=True)
class Term:
    """A retention period as worded in the privacy notice: the data and its end.

    With `remove`, a function that removes what is due at a time and returns the number of rows: due `after`
    the event named in `until`, which contains `%(days)s`. Without it, no task removes the data, and `until`
    says what does.
    """

    what: str | Promise
    until: str | Promise
    after: timedelta | None = None
    remove: Callable[[datetime], int] | None = None

    @property
    def says(self) -> str:
        """The term in the reader's language."""
        return str(self.until) % {"days": self.after.days} if self.after is not None else str(self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDataSource:
    """Columns of one table that hold personal data, and everything done with them.

    `why` says in plain English why they are kept, and `on_erasure` what erasing the account does with them.
    `file` names the part of the file of one's own data that contains them, and is empty if none does; the
    source with that `part` makes it. `erase` runs in the erasure's single transaction. `before_erasure` runs
    before it and commits by itself. `pages` are the officials' pages that show the data, by URL name: the
    purpose of each, in words.
    """

    model: type[Model]
    columns: tuple[str, ...]
    why: str
    on_erasure: str
    file: str = ""
    part: Part | None = None
    erase: Callable[[Any, Erasure], None] | None = None
    before_erasure: Callable[[Any], None] | None = None
    terms: tuple[Term, ...] = ()
    pages: Mapping[str, str | Promise] = field(default_factory=dict)

    @property
    def in_file(self) -> str:
        """The part of the file that hands the columns over, or nothing."""
        return self.part.name if self.part is not None else self.file


# Filled by each room's `AppConfig.ready`: later stages of a round first, which is the order of erasure, so
# that whatever leans on a row goes before it.
SOURCES: list[PersonalDataSource] = []


def register(sources: Iterable[PersonalDataSource]) -> None:
    """Add a room's sources, in the order in which they are erased; those that are there already are not."""
    SOURCES.extend(source for source in sources if source not in SOURCES)


def parts() -> list[Part]:
    """Return the parts of the file of one's own data, in its order."""
    return sorted((source.part for source in SOURCES if source.part is not None), key=lambda part: part.order)


def terms() -> list[Term]:
    """Return what is kept until when, of all rooms, earlier stages of a round first."""
    return [term for source in reversed(SOURCES) for term in source.terms]


def page_name(page: str) -> str:
    """Return what an officials' page is for, in the reader's language; its address for an unknown one."""
    names = {name: says for source in SOURCES for name, says in source.pages.items()}
    return str(names.get(page, page))


def own_rows(model: type[Model], owner: str, *fields: str) -> Callable[[Any], Rows]:
    """Return a function that reads these fields of the rows whose `owner` is the account. One query."""

    def rows(account: Any) -> Rows:
        found = model._default_manager.filter(**{owner: account}).order_by("pk")
        return [dict(row) for row in found.values(*fields)]

    return rows
