"""Published proposals reach a department: by the sweep, once, whatever happened to the last sweep."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from audit.actions import Action
from audit.models import Event
from core.sweeps import SWEEPS
from identity.roles import Role
from moderation.models import Decision
from moderation.services import claim, decide, open_case
from proposals.lifecycle import State
from proposals.models import Proposal
from proposals.services import publish, withdraw
from reviews import services
from reviews.models import Review
from reviews.selectors import rounds_to_assign
from reviews.tasks import assign_due
from rounds.models import Phase, Round
from tests.factories import (
    make_account,
    make_category,
    make_department,
    make_official,
    make_proposal,
    make_round,
)

pytestmark = pytest.mark.django_db


def _published(round: Round, **fields: Any) -> Proposal:
    return publish(make_proposal(round, state=State.PENDING, **fields), actor=None)


def _assigned() -> list[int]:
    """Ids of the proposals that events say were assigned, one for each event."""
    events = Event.objects.filter(action=Action.REVIEW_ASSIGNED).values_list("subject_id", flat=True)
    of_review = dict(Review.objects.values_list("pk", "proposal"))
    return sorted(of_review[int(pk)] for pk in events)


def test_what_a_moderator_published_is_given_to_the_department_of_its_category_once():
    proposal = make_proposal(make_round(open=Phase.Kind.REVIEW), state=State.PENDING)
    case = open_case(proposal)
    assert case is not None
    moderator = make_official(proposal.round.authority, Role.MODERATOR)
    claim(case, actor=moderator)
    decide(case, actor=moderator, outcome=Decision.Outcome.PUBLISH)
    assert not Review.objects.exists()

    assert (assign_due(), assign_due()) == (1, 0)

    review = Review.objects.get()
    assert proposal.category is not None
    assert (review.proposal, review.department) == (proposal, proposal.category.department)
    event = Event.objects.get(action=Action.REVIEW_ASSIGNED)
    assert (event.subject_id, event.actor, event.round) == (str(review.pk), None, proposal.round)
    assert event.details == {"department": review.department_id, "due_on": review.due_on.isoformat()}


def test_a_proposal_whose_category_has_no_department_waits_until_it_has():
    round = make_round()
    category = make_category(round.authority, department=None)
    waiting = _published(round, category=category)
    other = _published(round)

    assert assign_due() == 1
    assert (Review.objects.get().proposal, rounds_to_assign()) == (other, [])
    category.department = make_department(round.authority)
    category.save()

    assert (assign_due(), assign_due()) == (1, 0)
    assert Review.objects.get(proposal=waiting).department == category.department


@pytest.mark.parametrize(
    "state", [State.DRAFT, State.PENDING, State.SENT_BACK, State.FEASIBLE, State.WITHDRAWN]
)
def test_only_what_is_under_review_is_assigned(state: State):
    make_proposal(state=state)

    assert (rounds_to_assign(), assign_due()) == ([], 0)


def test_what_was_withdrawn_before_the_sweep_came_is_not_assigned():
    author = make_account()
    proposal = _published(make_round(), author=author)
    withdraw(proposal, actor=author)

    assert assign_due() == 0


def test_a_sweep_that_dies_leaves_what_it_did_whole_and_the_next_one_does_the_rest(
    monkeypatch: pytest.MonkeyPatch,
):
    proposals = sorted(_published(make_round()).pk for _ in range(3))
    write = services.record_all
    n_written = 0

    def die_at_the_second(*args: Any, **kwargs: Any) -> None:
        nonlocal n_written
        n_written += 1
        if n_written == 2:
            raise SystemExit
        write(*args, **kwargs)

    monkeypatch.setattr(services, "record_all", die_at_the_second)
    with pytest.raises(SystemExit):
        assign_due()
    assert list(Review.objects.values_list("proposal", flat=True)) == _assigned() == proposals[:1]
    monkeypatch.undo()

    assert assign_due() == 2

    assert sorted(Review.objects.values_list("proposal", flat=True)) == _assigned() == proposals


@pytest.mark.django_db(transaction=True)
def test_four_sweeps_at_once_assign_each_proposal_once():
    round = make_round()
    proposals = sorted(_published(round).pk for _ in range(5))
    gate = Barrier(4)

    def sweep(_number: int) -> int:
        connection.ensure_connection()
        gate.wait()
        try:
            return services.assign_due(round)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(sweep, range(4)))

    assert found == [0, 0, 0, 5]
    assert sorted(Review.objects.values_list("proposal", flat=True)) == _assigned() == proposals


def test_the_sweep_comes_twice_a_minute():
    assert SWEEPS[assign_due.name].every.total_seconds() <= 30


def test_assigning_a_hundred_takes_as_many_queries_as_assigning_one(
    django_assert_num_queries: Callable[[int], Any],
):
    one, many = make_round(), make_round()
    _published(one)
    category = make_category(many.authority)
    Proposal.objects.bulk_create(
        Proposal(
            round=many,
            code=f"M-{number}",
            category=category,
            language="en",
            title="A bench",
            requested_cost_minor=1,
            state=State.PUBLISHED,
            submitted_at=many.published_at,
            published_at=many.published_at,
        )
        for number in range(100)
    )

    for round, n in ((one, 1), (many, 100)):
        with django_assert_num_queries(10):
            assert services.assign_due(round) == n
