"""What is removed when: a task keeps to the terms of every source, and the privacy notice shows them."""

from datetime import datetime

from core import personal_data


def remove_due(now: datetime) -> dict[str, int]:
    """Remove everything whose time has come; return how many rows each verb removed."""
    verbs = [term.remove for term in personal_data.terms() if term.remove is not None]
    return {verb.__name__: verb(now) for verb in verbs}
