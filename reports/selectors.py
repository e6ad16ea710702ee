"""Reads of a round's reports: the current one, and if one is possible."""

from reports.models import Snapshot
from rounds.models import Round
from voting.counting import selectors as voting
from voting.polls.models import Poll


def latest(round: Round) -> Snapshot | None:
    """Return the current report, or None before the first. One query."""
    return round.snapshots.order_by("-number").first()


def is_certified(round: Round) -> bool:
    """Return whether the result of the round's vote is final. One query."""
    return Poll.objects.filter(round=round, state__in=voting.CERTIFIED).exists()
