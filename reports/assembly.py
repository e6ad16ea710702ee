"""A report's document put together from its figures, and read again from what was stored."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import Field, create_model

from reports.figures import FIGURES
from reports.figures.facts import Facts
from reports.figures.figure import Entry
from reports.schema import Model, Report
from rounds.models import Round


def current_format() -> int:
    """Return the layout of documents made now: that of the newest figure.

    A reader that knows 1 can read every document marked 1. From 2 on a document has a `vote`.
    """
    return max(figure.since for figure in FIGURES)


def model(format: int) -> type[Report]:
    """Return the model of documents of a format: the heading, and a field for each figure that is in it."""
    return _model(tuple(figure for figure in FIGURES if figure.since <= format))


@lru_cache(maxsize=8)
def _model(figures: tuple[Entry[Any], ...]) -> type[Report]:
    fields: dict[str, Any] = {
        figure.key: (figure.shape, Field(description=figure.docs)) for figure in figures
    }
    return create_model("Report", __base__=Report, **fields)


def report_of(round: Round, *, now: datetime) -> Report:
    """Return the round's report from its current records. A constant number of queries.

    Raises pydantic's ValidationError if a value does not have the published shape: a defect, since a report
    cannot be corrected later.
    """
    facts = Facts(round, now)
    heading = {
        "format": current_format(),
        "round": round.slug,
        "authority": round.authority.slug,
        "authority_name": round.authority.name,
        "title": round.title,
        "notice": round.notice,
        "is_imported": round.is_imported,
        "fiscal_year": round.fiscal_year,
        "as_of": now.isoformat(),
        "time_zone": round.time_zone,
        "currency": round.currency,
    }
    return read(heading | {figure.key: _values(figure.query(facts)) for figure in FIGURES})


def _values(value: Any) -> Any:
    """Return what a query found as JSON values."""
    if isinstance(value, Model):
        return value.stored()
    return [_values(each) for each in value] if isinstance(value, list) else value


def read(stored: Mapping[str, Any]) -> Report:
    """Return a stored document of any format. Raises ValidationError if it has another shape."""
    return model(stored["format"]).read(stored)
