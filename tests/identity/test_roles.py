"""Roles: who grants them and why, and that they take effect from the next request on."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from core.exceptions import NotPermitted
from identity import services
from identity.exceptions import (
    DepartmentNeeded,
    NotForOneself,
    ReasonNeeded,
    RoleAlreadyHeld,
    SecondPersonNeeded,
)
from identity.models import Account, Membership
from identity.roles import Permission, Role
from tests.factories import make_authority


def test_an_administrator_grants_a_role_that_counts_in_that_authority_only(
    official, account_of, authority, other_authority
):
    admin, clerk = official(Role.AUTHORITY_ADMIN), account_of("clerk")

    membership = services.grant_role(clerk, authority, Role.MODERATOR, actor=admin, reason="New colleague.")

    assert clerk.has_perm(Permission.SCREEN, authority)
    assert not clerk.has_perm(Permission.SCREEN, other_authority)
    assert not clerk.has_perm(Permission.EXPORT_ADOPTED, authority)
    event = Event.objects.get(action=Action.ROLE_GRANTED, actor=admin)
    assert (event.subject_id, event.authority_id) == (str(membership.pk), authority.pk)
    assert event.details == {"account": clerk.pk, "role": "moderator", "department": None, "pending": False}


def test_a_role_needs_a_reason_and_a_permitted_actor_and_is_not_for_oneself(
    official, account_of, authority, other_authority
):
    admin, moderator = official(Role.AUTHORITY_ADMIN), official(Role.MODERATOR)
    elsewhere = official(Role.AUTHORITY_ADMIN, "elsewhere", where=other_authority)
    clerk = account_of("clerk")
    n_events = Event.objects.count()

    for actor, account, reason, refusal in [
        (admin, clerk, "  ", ReasonNeeded),
        (moderator, clerk, "Please.", NotPermitted),
        (elsewhere, clerk, "Please.", NotPermitted),
        (admin, admin, "Please.", NotForOneself),
        (admin, moderator, "Again.", RoleAlreadyHeld),
    ]:
        with pytest.raises(refusal):
            services.grant_role(account, authority, Role.MODERATOR, actor=actor, reason=reason)

    assert not clerk.memberships.exists()
    assert Event.objects.count() == n_events


def test_reviewers_have_a_department_of_the_same_authority_and_nobody_else_has(
    account_of, authority, other_authority, department
):
    account = account_of("reviewer")
    foreign = other_authority.departments.create(slug="parks", name={"en": "Parks"})

    for role, chosen in [(Role.REVIEWER, None), (Role.REVIEWER, foreign), (Role.CLERK, department)]:
        with pytest.raises(DepartmentNeeded):
            services.grant_role(account, authority, role, department=chosen, actor=None, reason="Set up.")
    services.grant_role(
        account, authority, Role.REVIEWER, department=department, actor=None, reason="Set up."
    )

    assert account.has_perm(Permission.REVIEW, authority)


def test_a_powerful_role_counts_only_after_a_second_administrator_confirms(official, account_of, authority):
    first, second = official(Role.AUTHORITY_ADMIN, "first"), official(Role.AUTHORITY_ADMIN, "second")
    account = account_of("officer")

    membership = services.grant_role(
        account, authority, Role.BUDGET_OFFICER, actor=first, reason="New budget officer."
    )
    assert not account.has_perm(Permission.CLOSE_VOTE, authority)
    with pytest.raises(SecondPersonNeeded):
        services.confirm_role(membership, actor=first)
    services.confirm_role(membership, actor=second)

    assert Account.objects.get(pk=account.pk).has_perm(Permission.CLOSE_VOTE, authority)


def test_the_holder_of_a_role_cannot_confirm_it(official, account_of, authority):
    first, second = official(Role.AUTHORITY_ADMIN, "first"), official(Role.AUTHORITY_ADMIN, "second")
    membership = services.grant_role(second, authority, Role.BUDGET_OFFICER, actor=first, reason="Deputy.")

    with pytest.raises(NotForOneself):
        services.confirm_role(membership, actor=second)


def test_a_powerful_role_ends_when_a_second_administrator_agrees(official, authority):
    first, second = official(Role.AUTHORITY_ADMIN, "first"), official(Role.AUTHORITY_ADMIN, "second")
    officer = official(Role.BUDGET_OFFICER)
    membership = officer.memberships.get()

    with pytest.raises(SecondPersonNeeded):
        services.end_role(membership, actor=first, reason="Left.")
    assert services.end_or_ask(membership, actor=first, reason="Left the city's service.") is False
    with pytest.raises(SecondPersonNeeded):
        services.end_role(membership, actor=first)
    assert Account.objects.get(pk=officer.pk).has_perm(Permission.CLOSE_VOTE, authority)
    assert services.end_or_ask(membership, actor=second, reason="Agreed.") is True

    assert not Account.objects.get(pk=officer.pk).has_perm(Permission.CLOSE_VOTE, authority)
    membership.refresh_from_db()
    assert (membership.end_asked_by, membership.ended_by) == (first, second)
    assert membership.end_reason == "Left the city's service."


def test_holders_lay_down_their_own_role_alone(official, authority):
    officer = official(Role.BUDGET_OFFICER)

    services.end_role(officer.memberships.get(), actor=officer, reason="I change posts.")

    assert not Account.objects.get(pk=officer.pk).has_perm(Permission.CLOSE_VOTE, authority)


def test_the_platform_operator_grants_roles_and_holds_no_other_permission(account_of, authority):
    operator = account_of("operator", is_staff=True, is_superuser=True)

    allowed = {permission for permission in Permission if operator.has_perm(permission, authority)}

    assert allowed == {Permission.GRANT_ROLES}


@pytest.mark.parametrize(
    "fields",
    [
        {"granted_by": "self"},
        {"role": "budget_officer", "granted_by": "other"},
        {"role": "budget_officer", "granted_by": "other", "confirmed_by": "other", "confirmed": True},
        {"role": "budget_officer", "granted_by": "other", "confirmed_by": "self", "confirmed": True},
        {"end_asked_by": "other", "ended_by": "other", "end_reason": "Left."},
        {"ended_by": "other", "end_reason": ""},
        {"grant_reason": ""},
    ],
)
def test_the_database_refuses_a_role_of_one_hand(account_of, authority, fields):
    people = {"self": account_of("holder"), "other": account_of("other"), None: None}
    now = timezone.now()

    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(
            account=people["self"],
            authority=authority,
            role=fields.get("role", "moderator"),
            granted_at=now,
            granted_by=people[fields.get("granted_by")],
            grant_reason=fields.get("grant_reason", "Set up."),
            confirmed_at=now if fields.get("confirmed") else None,
            confirmed_by=people[fields.get("confirmed_by")],
            end_asked_by=people[fields.get("end_asked_by")],
            end_asked_at=now if "end_asked_by" in fields else None,
            ended_at=now if "ended_by" in fields else None,
            ended_by=people[fields.get("ended_by")],
            end_reason=fields.get("end_reason", ""),
        )


@pytest.mark.django_db(transaction=True)
def test_two_administrators_granting_the_same_role_at_once_grant_it_once(official, account_of, authority):
    first, second = official(Role.AUTHORITY_ADMIN, "first"), official(Role.AUTHORITY_ADMIN, "second")
    account = account_of("clerk")
    start, outcomes = threading.Barrier(2), []

    def grant(actor: Account) -> None:
        start.wait()
        try:
            services.grant_role(account, authority, Role.MODERATOR, actor=actor, reason="New colleague.")
            outcomes.append("granted")
        except RoleAlreadyHeld:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=grant, args=[actor]) for actor in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["granted", "refused"]


def test_asking_for_permissions_row_by_row_costs_one_query_for_a_list_of_any_length(
    official, authority, django_assert_num_queries
):
    clerk = Account.objects.get(pk=official(Role.CLERK).pk)
    others = [make_authority() for _number in range(30)]

    with django_assert_num_queries(1):
        here = [clerk.has_perm(Permission.VERIFY, authority) for _row in range(50)]
        elsewhere = [clerk.has_perm(Permission.VERIFY, other) for other in others]

    assert (here, elsewhere) == ([True] * 50, [False] * 30)
