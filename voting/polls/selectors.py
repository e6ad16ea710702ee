"""Reads of polls: how far the vote has come, its frozen rules, its extensions."""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from core.db.prepared import Prepared
from rounds.models import Phase, Round
from voting.polls import ruleset
from voting.polls.models import Extension, Poll

# Asked by every ballot.
_voting_phase = Prepared(
    lambda round_id: Phase.objects.filter(round_id=round_id, kind=Phase.Kind.VOTING)[:1], int
)


class Standing(StrEnum):
    """The status of a round's vote for a person who wants to vote."""

    NOT_READY = "not_ready"
    AHEAD = "ahead"
    OPEN = "open"
    CLOSED = "closed"


def rules_of(poll: Poll) -> ruleset.FrozenRules:
    """Return a poll's frozen rules. One query for the text, unless this process has read it before.

    Known by their hash, so the text need not be loaded with the poll. Raises ValueError if the text is
    not the one that was hashed, or of another version.
    """
    assert poll.rules_hash is not None
    return _rules(poll.pk, bytes(poll.rules_hash))


@lru_cache(maxsize=64)
def _rules(round_id: int, rules_hash: bytes) -> ruleset.FrozenRules:
    text = Poll.objects.values_list("rules", flat=True).get(pk=round_id)
    if ruleset.digest(text) != rules_hash:
        raise ValueError(f"the rules of round {round_id} are not those that were frozen")
    return ruleset.read(text)


def poll_of(round: Round) -> Poll | None:
    """Return the round's poll if it has one. No query if the round came with its poll, otherwise one."""
    found: Poll | None = getattr(round, "poll", None)
    return found


def standing(round: Round, now: datetime) -> tuple[Standing, Phase | None]:
    """Return the status of the vote at `now`, and its phase; `round` comes with its poll. One query."""
    phase = _voting_phase.first(round.pk)
    poll = poll_of(round)
    if phase is not None and phase.has_closed(now):
        return Standing.CLOSED, phase
    if phase is None or poll is None or not poll.is_frozen:
        return Standing.NOT_READY, phase
    if poll.state != Poll.State.FROZEN:
        return Standing.CLOSED, phase
    return (Standing.OPEN if phase.is_open(now) else Standing.AHEAD), phase


def extensions(round: Round) -> list[Extension]:
    """Return the extensions of a vote that two officials decided, the first one first. One query."""
    return list(Extension.objects.filter(round=round, approved_at__isnull=False))
