"""Votes for the tests: a round with a ballot style, its voters, and passing time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from authorities.models import Category
from identity.models import Account
from proposals.lifecycle import State
from proposals.models import Proposal
from rounds.models import Phase, Round
from tests.factories import (
    make_account,
    make_area,
    make_category,
    make_person,
    make_proposal,
    make_resident,
    make_round,
)
from voting.ballots import sealing
from voting.ballots import services as ballots_services
from voting.ballots.services import Cast, Voter
from voting.polls import services as polls_services
from voting.polls.models import Poll
from voting.polls.services import BallotStylePlan


def make_vote(
    costs: Sequence[int] = (600, 300, 300),
    *,
    freeze: bool = True,
    plans: Sequence[BallotStylePlan] | None = None,
    category: Category | None = None,
    ballot_style: dict[str, Any] | None = None,
    **round_fields: Any,
) -> Round:
    """Create a round in its voting phase whose ballot style offers a project of each cost, frozen."""
    round_fields.setdefault("budget_minor", 1000)
    round = make_round(open=Phase.Kind.VOTING, **round_fields)
    category = category or make_category(round.authority)
    for cost in costs:
        make_proposal(
            round,
            state=State.FEASIBLE,
            category=category,
            requested_cost_minor=cost,
            reviewed_cost_minor=cost,
        )
    polls_services.draw_up_ballot_styles(
        round, actor=None, plans=plans or [BallotStylePlan(fields=ballot_style or {"max_choices": 2})]
    )
    if freeze:
        ballots_services.freeze_rules(round, actor=None)
    return Round.objects.select_related("authority", "poll").get(pk=round.pk)


def make_inclusion_only_vote() -> Round:
    """Create a round of two projects whose receipts show that a ballot is logged, not how it was counted."""
    round = make_vote(costs=(600, 300), freeze=False)
    Poll.objects.filter(round=round).update(receipt_mode=Poll.ReceiptMode.INCLUSION_ONLY)
    ballots_services.freeze_rules(round, actor=None)
    return fresh(round)


def make_vote_of_ages() -> Round:
    """Create an open vote: twelve of 35 to 49 chose one project, eleven of 19 to 34 and three of 65 another.

    All live in one area below the authority's.
    """
    round = make_vote(costs=(600, 300))
    first, second = codes(round)
    here = make_area(round.authority.area)
    for band, n in (("35-49", 12), ("19-34", 11), ("65+", 3)):
        for _ in range(n):
            account = make_account()
            make_person(round.authority, account, age_group=band, area=here)
            cast_by(voter_of(round, account), first if band == "35-49" else second)
    return round


def fresh(round: Round) -> Round:
    """Return the round as it is in the database now, with its poll."""
    return Round.objects.select_related("authority", "poll").get(pk=round.pk)


def codes(round: Round) -> list[str]:
    """Return the codes on the round's ballot styles, in their order."""
    listed = Proposal.objects.filter(project__ballot_style__round=round).order_by(
        "project__ballot_style__number", "project__number"
    )
    return [code for code in listed.values_list("code", flat=True) if code]


def voter_of(round: Round, account: Account | None = None, *, channel: str = "web") -> Voter:
    """Create an eligible voter of the round."""
    account = account or make_resident(round.authority)
    return ballots_services.voter(round, account, now=timezone.now(), channel=channel)


def cast_by(voter: Voter, *chosen: str, code: bytes | None = None) -> Cast:
    """Cast a ballot that chooses these projects on the first ballot style."""
    return ballots_services.cast(voter, {1: list(chosen)}, code=code or sealing.new_code())


@contextmanager
def triggers_asleep() -> Iterator[None]:
    """Disable triggers, to do what no code can; needs a superuser, as the tests' database user is."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = origin")


def end_voting(round: Round) -> Round:
    """Let the time pass until the voting phase is over."""
    with triggers_asleep():
        Phase.objects.filter(round=round).update(
            opens_at=timezone.now() - timedelta(days=9), closes_at=timezone.now()
        )
    return fresh(round)


def poll_of(round: Round) -> Poll:
    return Poll.objects.get(round=round)
