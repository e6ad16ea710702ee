"""Retention: a task enforces the terms of every source, and the privacy notice shows them."""

from datetime import datetime

from core import personal_data


def remove_due(now: datetime) -> dict[str, int]:
    """Remove all expired data; return the number of rows removed by each function."""
    verbs = [term.remove for term in personal_data.terms() if term.remove is not None]
    return {verb.__name__: verb(now) for verb in verbs}
