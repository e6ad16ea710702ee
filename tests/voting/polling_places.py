"""Polling places for the tests of voting on paper: clerks, people checked in there, and batches."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from identity.models import Account
from identity.roles import Role
from proposals.lifecycle import State
from rounds.models import Phase, Round
from tests.factories import (
    make_area,
    make_authority,
    make_category,
    make_official,
    make_person,
    make_proposal,
    make_round,
)
from tests.voting.votes import fresh, make_vote, poll_of
from voting.ballots import services as ballots_services
from voting.counting import services as counting_services
from voting.paper import services as paper_services
from voting.paper.models import BallotBatch
from voting.polls import services as polls_services
from voting.polls.services import BallotStylePlan


class PollingPlaceFixture:
    """A round with a polling place, its clerks, and people who have voted on paper there."""

    def __init__(self, n_checked_in: int = 2, **fields) -> None:
        self.round = make_vote(**fields)
        self.clerk, self.other, self.third = (
            make_official(self.round.authority, Role.CLERK) for _ in range(3)
        )
        self.polling_place = paper_services.open_polling_place(self.round, "Town hall", actor=self.clerk)
        self.persons = [make_person(self.round.authority, None) for _ in range(n_checked_in)]
        for person in self.persons:
            paper_services.check_in(self.polling_place, person, actor=self.clerk)

    def declare(self, declared: int = 2, **fields) -> BallotBatch:
        return paper_services.declare_batch(self.polling_place, declared=declared, actor=self.clerk, **fields)

    def key(self, batch: BallotBatch, actor: Account, *ballot_styles: list[str]) -> BallotBatch:
        """Transcribe paper ballots that choose these codes, in their order, and finish the entry."""
        for sequence, chosen in enumerate(ballot_styles, start=1):
            paper_services.transcribe_ballot(batch, sequence, {1: chosen}, actor=actor)
        return paper_services.finish_data_entry(batch, actor=actor)

    def agreed(self, *ballot_styles: list[str], **fields) -> BallotBatch:
        batch = self.declare(len(ballot_styles), **fields)
        self.key(batch, self.clerk, *ballot_styles)
        return self.key(batch, self.other, *ballot_styles)


class PollingPlaceWithAreas(PollingPlaceFixture):
    """A round with a ballot style for one area, and a polling place with check-ins inside and outside it."""

    def __init__(self) -> None:
        authority = make_authority()
        self.area, self.elsewhere = make_area(authority.area), make_area(authority.area)
        category = make_category(authority)
        round = make_round(authority, open=Phase.Kind.VOTING, budget_minor=1000)
        for area in (None, self.area):
            make_proposal(round, state=State.FEASIBLE, category=category, area=area, reviewed_cost_minor=300)
        polls_services.draw_up_ballot_styles(
            round,
            actor=None,
            plans=[BallotStylePlan(fields={"max_choices": 2}), BallotStylePlan(area=self.area)],
        )
        ballots_services.freeze_rules(round, actor=None)
        self.round = fresh(round)
        self.clerk, self.other = (make_official(authority, Role.CLERK) for _ in range(2))
        self.polling_place = paper_services.open_polling_place(self.round, "Town hall", actor=self.clerk)
        self.near, self.far = (
            make_person(authority, None, area=area) for area in (self.area, self.elsewhere)
        )
        for person in (self.near, self.far):
            paper_services.check_in(self.polling_place, person, actor=self.clerk)


def refused(sql: str, *values: Any, match: str) -> None:
    """Expect the database to refuse a statement in its own transaction, with a message that matches."""
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=match), transaction.atomic():
        cursor.execute(sql, values)


def count(round: Round) -> str:
    """Count the round as it is in the database now; return the state of its poll afterwards."""
    counting_services.count(fresh(round))
    return poll_of(round).state
