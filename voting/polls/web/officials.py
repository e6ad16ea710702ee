"""Shared by the officials' pages of a vote."""

from collections.abc import Callable, Sequence
from typing import Concatenate

from django.http.response import HttpResponseBase

from core.web.pages import View
from identity.pages import DeskEntry, SignedInRoundRequest, round_desk_page
from identity.roles import Permission
from rounds.models import Round
from voting.polls.models import Poll


def vote_desk_page(
    permission: Permission, methods: Sequence[str] = ("GET",), *, entry: DeskEntry[Round] | None = None
) -> Callable[[Callable[Concatenate[SignedInRoundRequest, ...], HttpResponseBase]], View]:
    """Let officials in who may do this on a round, which comes with its poll and its rules, if it has any."""
    return round_desk_page(permission, methods, entry=entry, select=("poll", "rule_set"))


def desk_context(round: Round, **more: object) -> dict[str, object]:
    """Return what every page of a round's desk needs, and what this one needs more."""
    return {"authority": round.authority, "round": round, "section": "work", **more}


def vote_in(*states: Poll.State) -> Callable[[Round], bool]:
    """Return whether a round's vote is in one of these states, as a condition of a line on the desk."""

    def stands(round: Round) -> bool:
        poll: Poll | None = getattr(round, "poll", None)
        return poll is not None and poll.state in states

    return stands
