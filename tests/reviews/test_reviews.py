"""The four ways a review can end, and who gets it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone

from authorities.reasons import StandardReason
from identity.roles import Role
from proposals.exceptions import ExplanationTooShort, WrongReason, WrongState
from proposals.lifecycle import State
from proposals.models import Proposal, StatusChange
from proposals.services import publish
from reviews import services
from reviews.exceptions import CannotMergeInto, ReviewClosed
from reviews.models import Review
from reviews.selectors import ReviewCounts, review_counts
from reviews.services import due_on
from rounds.models import Phase, Round
from tests.factories import (
    make_account,
    make_authority,
    make_category,
    make_department,
    make_official,
    make_proposal,
    make_round,
    set_phase,
)

pytestmark = pytest.mark.django_db

WHY = "The ordinance on green spaces forbids it."


def _published(round: Round, **fields: Any) -> Proposal:
    return publish(make_proposal(round, state=State.PENDING, **fields), actor=None)


def _under_review() -> Proposal:
    proposal = _published(make_round(open=Phase.Kind.REVIEW))
    services.assign_due(proposal.round)
    return proposal


def test_a_feasible_conclusion_fixes_competence_and_cost_and_closes_the_review():
    proposal = _under_review()
    reviewer = make_account()

    services.find_feasible(proposal, actor=reviewer, cost_minor=3_900_000)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.competence, proposal.cost_minor) == (State.FEASIBLE, "own", 3_900_000)
    assert (proposal.review.concluded_by, proposal.review.concluded_at is not None) == (reviewer, True)
    change = proposal.status_changes.last()
    assert change is not None
    assert (change.body, change.department, change.actor) == (
        StatusChange.Body.DEPARTMENT,
        proposal.review.department,
        reviewer,
    )


def test_an_ineligible_conclusion_needs_a_reason_of_the_matter_and_an_explanation():
    proposal = _under_review()

    with pytest.raises(WrongReason):
        services.find_ineligible(proposal, actor=None, reason="spam", explanation=WHY)
    with pytest.raises(ExplanationTooShort):
        services.find_ineligible(proposal, actor=None, reason="operating_cost", explanation="No.")
    services.find_ineligible(proposal, actor=None, reason="conflicts_with_law", explanation=WHY)

    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason, proposal.explanation) == (
        State.INELIGIBLE,
        "conflicts_with_law",
        WHY,
    )


def test_a_referral_names_the_body():
    proposal = _under_review()

    services.refer(proposal, actor=None, to="Han River office", explanation="The bank belongs to the city.")

    proposal.refresh_from_db()
    assert (proposal.state, proposal.referred_to, proposal.reason) == (
        State.REFERRED,
        "Han River office",
        StandardReason.OUT_OF_AUTHORITY,
    )


def test_a_merged_proposal_names_one_that_is_still_in_the_running():
    proposal = _under_review()
    other = make_proposal(proposal.round)

    for bad in (
        proposal,
        make_proposal(),
        make_proposal(proposal.round, state=State.INELIGIBLE),
        make_proposal(proposal.round, state=State.PENDING),
    ):
        with pytest.raises(CannotMergeInto):
            services.merge(proposal, into=bad, actor=None, explanation="Both ask for the same bench.")
    services.merge(proposal, into=other, actor=None, explanation="Both ask for the same bench.")

    proposal.refresh_from_db()
    assert (proposal.state, proposal.merged_into) == (State.MERGED, other)


def test_a_review_is_concluded_once_and_not_after_voting_has_opened():
    proposal = _under_review()
    late = make_proposal(proposal.round)
    services.find_feasible(proposal, actor=None, cost_minor=1)

    with pytest.raises(WrongState):
        services.find_feasible(proposal, actor=None, cost_minor=2)
    set_phase(proposal.round, Phase.Kind.VOTING)
    with pytest.raises(ReviewClosed):
        services.find_feasible(late, actor=None, cost_minor=2)

    proposal.refresh_from_db()
    assert proposal.reviewed_cost_minor == 1


def test_a_review_can_be_given_to_another_department_until_it_is_concluded():
    proposal = _under_review()
    other = make_department(proposal.round.authority)

    services.assign_review(proposal, department=other, actor=None)

    assert Review.objects.get().department == other
    services.find_feasible(proposal, actor=None, cost_minor=1)
    with pytest.raises(WrongState):
        services.assign_review(proposal, department=other, actor=None)


def test_a_review_is_due_fourteen_days_after_assignment_or_opening_but_never_after_the_phase():
    round = make_round(open=None)
    round.phases.filter(kind=Phase.Kind.REVIEW).update(
        opens_at=datetime(2030, 5, 31, 15, tzinfo=UTC), closes_at=datetime(2030, 6, 30, 15, tzinfo=UTC)
    )

    before = due_on(round, datetime(2030, 5, 20, tzinfo=UTC))
    inside = due_on(round, datetime(2030, 6, 5, 0, tzinfo=UTC))
    at_the_end = due_on(round, datetime(2030, 6, 29, 0, tzinfo=UTC))

    # 31 May 15:00 in UTC is 1 June in Seoul.
    assert (before.isoformat(), inside.isoformat(), at_the_end.isoformat()) == (
        "2030-06-15",
        "2030-06-19",
        "2030-06-30",
    )


@pytest.mark.parametrize(
    ("now", "late"),
    [
        # 10 March in Seoul and in Ho Chi Minh City.
        (datetime(2030, 3, 10, 14, 59, tzinfo=UTC), []),
        # 00:00 on the 11th in Seoul, 22:00 on the 10th in Ho Chi Minh City.
        (datetime(2030, 3, 10, 15, tzinfo=UTC), ["Asia/Seoul"]),
        (datetime(2030, 3, 10, 17, tzinfo=UTC), ["Asia/Ho_Chi_Minh", "Asia/Seoul"]),
    ],
)
def test_a_review_is_late_once_its_day_is_over_where_its_round_is(now: datetime, late: list[str]):
    authority = make_authority()
    category = make_category(authority)
    for zone in ("Asia/Seoul", "Asia/Ho_Chi_Minh"):
        round = make_round(authority, time_zone=zone)
        _published(round, category=category)
        services.assign_due(round)
    Review.objects.update(due_on=date(2030, 3, 10))
    reviewer = make_official(authority, Role.REVIEWER, department=category.department)

    found = Review.objects.with_lateness(now).filter(is_late=True)

    assert sorted(found.values_list("proposal__round__time_zone", flat=True)) == late
    assert review_counts(reviewer, authority, now) == ReviewCounts(open=2, late=len(late))


def test_departments_see_their_own_open_reviews():
    proposal = _under_review()
    mine = proposal.review.department
    reviewer = make_official(proposal.round.authority, Role.REVIEWER, department=mine)
    colleague = make_official(
        proposal.round.authority, Role.REVIEWER, department=make_department(proposal.round.authority)
    )

    assert Review.objects.open().assigned_to(reviewer, proposal.round.authority).get().proposal == proposal
    assert not Review.objects.open().assigned_to(colleague, proposal.round.authority).exists()
    reviewer.memberships.update(ended_at=timezone.now(), end_reason="moved")
    assert not Review.objects.open().assigned_to(reviewer, proposal.round.authority).exists()
