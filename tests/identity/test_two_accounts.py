"""Two accounts of one official are detected: otherwise one person could approve alone."""

import re

import pytest

from audit.actions import Action
from audit.models import Event
from identity import identifiers, selectors, services
from identity.models import Account
from identity.roles import Role
from identity.verification import services as verification_services
from identity.verification.exceptions import AlreadyVerified
from identity.verification.models import Identity, VerificationRoute
from rounds.models import Residency


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Clerk.One+votes@Example.org", "clerkone@example.org"),
        ("clerkone@example.org", "clerkone@example.org"),
        ("clerk.two@example.org", "clerktwo@example.org"),
    ],
)
def test_addresses_of_one_mailbox_look_alike(address, mailbox):
    assert identifiers.mailbox(address) == mailbox


def _twins(authority):
    officials = Account.objects.filter(memberships__authority=authority).distinct()
    return [
        (twins.account.email, twins.other.email, twins.sign) for twins in selectors.suspected_twins(officials)
    ]


def test_t38_two_officials_addresses_of_one_mailbox_are_flagged(authority, official, account_of, sign_in):
    admin = official(Role.AUTHORITY_ADMIN, "admin")
    first = official(Role.BUDGET_OFFICER, "officer.one")
    official(Role.CLERK, "somebody.else")
    second = account_of("officerone+2")

    services.grant_role(second, authority, Role.CLERK, actor=admin, reason="A new colleague.")

    assert _twins(authority) == [("officer.one@example.org", "officerone+2@example.org", "mailbox")]
    event = Event.objects.filter(action=Action.ROLE_GRANTED).latest("pk")
    assert event.details["may_be_one_person_with"] == [first.pk]
    page = sign_in(admin).get(f"/{authority.slug}/desk/roles/").text
    assert "officer.one@example.org and officerone+2@example.org use the same mailbox." in page
    assert "somebody.else@example.org and" not in page


def test_t38_two_officials_who_show_one_identity_are_flagged_though_the_second_is_refused(
    authority, official, account_of, sign_in
):
    verification_services.set_up_route(authority, VerificationRoute.Method.DESK, actor=None, assurance=2)
    admin, clerk = official(Role.AUTHORITY_ADMIN), official(Role.CLERK)
    first, second = official(Role.COUNCIL_STAFF, "staff"), official(Role.MODERATOR, "moderator.two")
    resident = account_of("resident")

    def show(account, typed="M 4455 6677"):
        verification_services.verify_in_person(
            authority,
            kind=Identity.Kind.DOCUMENT,
            typed=typed,
            account=account,
            residency=Residency.RESIDENT,
            area=authority.area,
            age_group="35-49",
            actor=clerk,
        )

    show(first)
    show(resident, "A 1111 2222")
    assert _twins(authority) == []
    with pytest.raises(AlreadyVerified):
        show(second)
    with pytest.raises(AlreadyVerified):
        show(account_of("other resident"))

    assert _twins(authority) == [("staff@example.org", "moderator.two@example.org", "identity")]
    page = sign_in(admin).get(f"/{authority.slug}/desk/roles/").text
    assert "staff@example.org and moderator.two@example.org showed the same identity." in page
    event = Event.objects.filter(action=Action.SECOND_ACCOUNT_NOTICED).earliest("pk")
    assert (event.actor, event.subject_id) == (second, str(first.pk))


def test_t38_a_phone_that_rings_for_two_accounts_is_noticed(authority, account_of, phones):
    route = verification_services.set_up_route(
        authority, VerificationRoute.Method.PHONE, actor=None, assurance=1
    )
    first, second = account_of("first"), account_of("second")

    def verify(account):
        verification_services.send_code(
            route,
            account,
            phone="010-1234-5678",
            residency=Residency.RESIDENT,
            area=authority.area,
            age_group="",
        )
        verification_services.enter_code(route, account, code=re.search(r"\d{6}", phones.texts[-1][1])[0])

    verify(first)
    with pytest.raises(AlreadyVerified):
        verify(second)

    event = Event.objects.get(action=Action.SECOND_ACCOUNT_NOTICED)
    assert (event.actor, event.subject_id, event.authority) == (second, str(first.pk), authority)
    assert [twins.sign for twins in selectors.suspected_twins([first, second])] == ["identity"]


def test_who_may_be_one_person_is_one_query_however_many_officials(
    authority, official, django_assert_num_queries
):
    accounts = [official(Role.CLERK, f"clerk{number}") for number in range(12)]

    with django_assert_num_queries(1):
        assert selectors.suspected_twins(accounts) == []
