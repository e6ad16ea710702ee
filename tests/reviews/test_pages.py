"""A department's desk, for its reviewer, a colleague of another department and a stranger."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from authorities.reasons import Serves
from authorities.services import change_settings
from identity.models import Account
from identity.roles import Role
from moderation.web.forms import DecisionForm
from proposals.exceptions import ExplanationTooShort
from proposals.lifecycle import State
from proposals.models import Proposal
from proposals.services import publish, withdraw
from proposals.services.status_changes import check_reason
from reviews.models import Review
from reviews.services import assign_due
from reviews.web.forms import ConclusionForm
from rounds.models import Phase
from tests.factories import (
    make_account,
    make_authority,
    make_category,
    make_department,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)

pytestmark = pytest.mark.django_db

DESK = "/here/desk/reviews/"
WHY = "The ordinance on green spaces forbids it."


@pytest.fixture
def proposal() -> Proposal:
    authority = make_authority(slug="here")
    round = make_round(authority, open=Phase.Kind.REVIEW)
    category = make_category(authority, department=make_department(authority))
    proposal = publish(
        make_proposal(round, state=State.PENDING, code="HERE-1", category=category), actor=None
    )
    assign_due(round)
    return proposal


@pytest.fixture
def reviewer(proposal: Proposal) -> Account:
    return make_official(proposal.round.authority, Role.REVIEWER, department=proposal.review.department)


@pytest.fixture
def desk(reviewer: Account) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def test_the_desk_lists_open_reviews_and_marks_late_ones(proposal: Proposal, desk: Client):
    in_time = desk.get(DESK).content.decode()
    Review.objects.update(due_on=timezone.now().date() - timedelta(days=1))
    late = desk.get(DESK).content.decode()

    assert "1 review is waiting for your department." in in_time
    assert "Overdue" not in in_time
    assert "1 is overdue." in late
    assert "Overdue since" in late


@pytest.mark.parametrize(
    ("typed", "state", "column", "value"),
    [
        ({"conclusion": "feasible", "cost_minor": "4,500,000"}, "feasible", "reviewed_cost_minor", 4_500_000),
        (
            {"conclusion": "ineligible", "reason": "conflicts_with_law", "explanation": WHY},
            "ineligible",
            "explanation",
            WHY,
        ),
        (
            {"conclusion": "refer", "referred_to": "Han River office", "explanation": WHY},
            "referred",
            "referred_to",
            "Han River office",
        ),
        (
            {"conclusion": "merge", "merged_into": "here-2", "explanation": WHY},
            "merged",
            "merged_into__code",
            "HERE-2",
        ),
    ],
)
def test_each_conclusion_is_taken(
    typed: dict[str, str], state: str, column: str, value: Any, proposal: Proposal, desk: Client
):
    make_proposal(proposal.round, code="HERE-2")

    answer = desk.post(f"{DESK}{proposal.review.pk}/", typed)

    assert answer["Location"] == DESK
    assert Proposal.objects.filter(pk=proposal.pk).values_list("state", column).get() == (state, value)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "conclusion"),
        ({"conclusion": "feasible"}, "cost_minor"),
        ({"conclusion": "feasible", "cost_minor": "a lot"}, "cost_minor"),
        ({"conclusion": "ineligible", "explanation": WHY}, "reason"),
        ({"conclusion": "refer", "explanation": WHY}, "referred_to"),
        ({"conclusion": "merge", "explanation": WHY}, "merged_into"),
        ({"conclusion": "merge", "merged_into": "HERE-99", "explanation": WHY}, "merged_into"),
        ({"conclusion": "merge", "merged_into": "HERE-1", "explanation": WHY}, "__all__"),
        ({"conclusion": "ineligible", "reason": "operating_cost", "explanation": "No."}, "__all__"),
    ],
)
def test_what_a_conclusion_lacks_is_asked_for_and_nothing_changes(
    typed: dict[str, str], field: str, proposal: Proposal, desk: Client
):
    answer = desk.post(f"{DESK}{proposal.review.pk}/", typed)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    if "explanation" in typed:
        assert typed["explanation"] in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == State.PUBLISHED


def test_a_review_is_the_departments_own(proposal: Proposal, desk: Client, client: Client):
    authority = proposal.round.authority
    colleague = make_official(authority, Role.REVIEWER, department=make_department(authority))
    resident = make_resident(authority)
    address = f"{DESK}{proposal.review.pk}/"

    for account in (colleague, resident):
        client.force_login(account)
        assert client.get(address).status_code == 404
        assert client.post(address, {"conclusion": "feasible", "cost_minor": "1"}).status_code == 404
    assert desk.get(address).status_code == 200
    proposal.refresh_from_db()
    assert proposal.state == State.PUBLISHED


def test_a_review_is_passed_on_to_another_department(proposal: Proposal, desk: Client):
    elsewhere = make_department(proposal.round.authority)

    desk.post(f"{DESK}{proposal.review.pk}/reassign/", {"reassign-department": elsewhere.pk})

    assert Review.objects.get().department == elsewhere
    assert desk.get(f"{DESK}{proposal.review.pk}/").status_code == 404


def test_passing_on_what_its_author_has_just_withdrawn_is_refused_on_the_page(
    proposal: Proposal, desk: Client
):
    elsewhere = make_department(proposal.round.authority)
    author = make_account()
    Proposal.objects.update(author=author)
    withdraw(Proposal.objects.get(), actor=author)

    answer = desk.post(f"{DESK}{proposal.review.pk}/reassign/", {"reassign-department": elsewhere.pk})

    assert answer.status_code == 422
    assert [error.code for error in answer.context["reassign"].errors.as_data()["__all__"]] == ["wrong_state"]
    assert "This has changed since you opened the page." in answer.content.decode()
    assert Review.objects.get().department == proposal.review.department


@pytest.mark.parametrize("whose", ["nobody", "its own", "another authority"])
def test_passing_on_to_a_department_that_is_not_offered_says_so_and_does_nothing(
    whose: str, proposal: Proposal, desk: Client
):
    department = {
        "nobody": 999_999,
        "its own": proposal.review.department_id,
        "another authority": make_department(make_authority()).pk,
    }[whose]

    answer = desk.post(f"{DESK}{proposal.review.pk}/reassign/", {"reassign-department": department})

    assert answer.status_code == 422
    assert answer.context["reassign"].errors == {"department": ["Choose a department from the list."]}
    assert "Choose a department from the list." in answer.content.decode()
    assert Review.objects.get().department == proposal.review.department


@pytest.mark.parametrize("least", [20, 45])
def test_a_form_that_asks_for_an_explanation_says_how_long_the_authority_wants_it(least: int):
    proposal = make_proposal(state=State.PUBLISHED)
    change_settings(proposal.round.authority, actor=None, shortest_explanation=least)

    forms = [
        ConclusionForm(proposal=proposal, reasons=[]),
        DecisionForm(reasons=[("spam", "Spam")], least=least),
    ]

    for form in forms:
        assert f"at least {least} characters" in str(form.fields["explanation"].help_text).lower()
    with pytest.raises(ExplanationTooShort, match=str(least)):
        check_reason(proposal.round.authority_id, "operating_cost", Serves.INELIGIBILITY, "x" * (least - 1))
    assert check_reason(proposal.round.authority_id, "operating_cost", Serves.INELIGIBILITY, "x" * least)


def test_the_desk_takes_as_many_queries_for_ten_as_for_one(
    proposal: Proposal, desk: Client, django_assert_max_num_queries
):
    for _ in range(9):
        publish(make_proposal(proposal.round, state=State.PENDING, category=proposal.category), actor=None)
    assign_due(proposal.round)

    with django_assert_max_num_queries(9):
        desk.get(DESK)
