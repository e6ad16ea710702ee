"""A report in a reader's language, before it is a file: what CSV, XLSX and PDF are all written from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.render.tables import Table


@dataclass(frozen=True, slots=True)
class Edition:
    """The tables of a report in order, with its heading and notes."""

    title: str
    authority: str
    lead: str
    footer: str
    currency: str
    made_at: datetime
    tables: Sequence[Table]
