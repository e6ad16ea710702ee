"""Pages about one's own account and about roles."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from identity import services
from identity.models import Account
from identity.roles import Role
from tests.factories import make_authority, make_resident


@pytest.mark.django_db
def test_until_when_somebody_is_verified_is_a_day_of_their_authority(client):
    account = make_resident(make_authority(time_zone="Asia/Seoul"))
    account.persons.update(expires_at=datetime(2090, 3, 10, 15, tzinfo=UTC))
    client.force_login(account)

    assert "Verified until 11 March 2090" in client.get("/accounts/me/").content.decode()


def test_the_roles_page_shows_strangers_nothing_and_colleagues_a_refusal(
    official, account_of, authority, other_authority
):
    accounts = {
        200: official(Role.AUTHORITY_ADMIN),
        403: official(Role.MODERATOR),
        404: account_of("resident"),
    }
    elsewhere = official(Role.AUTHORITY_ADMIN, "elsewhere", where=other_authority)

    for status, account in [*accounts.items(), (404, elsewhere)]:
        client = Client()
        client.force_login(account)
        assert client.get(f"/{authority.slug}/desk/roles/").status_code == status
        assert client.get("/nowhere/desk/roles/").status_code == 404


def test_a_role_is_granted_and_ended_on_its_page(official, account_of, authority, client, sign_in):
    clerk = account_of("clerk")
    sign_in(official(Role.AUTHORITY_ADMIN))

    answer = client.post(
        "/gangnam/desk/roles/", {"email": "Clerk@example.org", "role": "clerk", "reason": "Service desk."}
    )
    membership = clerk.memberships.get()
    assert (answer.status_code, membership.role) == (302, "clerk")
    assert "clerk@example.org" in client.get("/gangnam/desk/roles/").content.decode()
    client.post(f"/gangnam/desk/roles/{membership.pk}/", {"reason": "Moved away."})

    membership.refresh_from_db()
    assert (membership.end_reason, membership.ended_at is None) == ("Moved away.", False)
    assert client.get(f"/gangnam/desk/roles/{membership.pk}/").status_code == 404


def test_a_refused_grant_answers_422_and_keeps_what_was_typed(official, client, sign_in, authority):
    sign_in(official(Role.AUTHORITY_ADMIN))

    answer = client.post(
        "/gangnam/desk/roles/", {"email": "nobody@example.org", "role": "clerk", "reason": "Service desk."}
    )

    assert answer.status_code == 422
    assert "No account has this address." in answer.content.decode()
    assert 'value="nobody@example.org"' in answer.content.decode()


def test_no_role_of_another_authority_can_be_reached(official, other_authority, client, sign_in, authority):
    foreign = official(Role.MODERATOR, "foreign", where=other_authority).memberships.get()
    sign_in(official(Role.AUTHORITY_ADMIN))

    assert client.get(f"/gangnam/desk/roles/{foreign.pk}/").status_code == 404
    assert client.post(f"/gangnam/desk/roles/{foreign.pk}/", {"reason": "x"}).status_code == 404
    assert client.post(f"/gangnam/desk/roles/{foreign.pk}/confirm/").status_code == 404

    foreign.refresh_from_db()
    assert foreign.ended_at is None


def test_the_list_of_roles_takes_as_many_queries_for_ten_as_for_one(
    official, account_of, authority, client, django_assert_num_queries
):
    client.force_login(official(Role.AUTHORITY_ADMIN))
    # With another person on the page: viewing their data is recorded, in two statements for any number.
    official(Role.OBSERVER, "observer")
    client.get("/gangnam/desk/roles/")
    with django_assert_num_queries(11):
        client.get("/gangnam/desk/roles/")

    for number in range(10):
        official(Role.OBSERVER, f"observer{number}")

    with django_assert_num_queries(11):
        client.get("/gangnam/desk/roles/")


def test_t42_an_ended_role_and_a_blocked_account_count_for_nothing_at_the_next_request(
    official, client, authority
):
    admin = official(Role.AUTHORITY_ADMIN)
    client.force_login(admin)
    assert client.get("/gangnam/desk/roles/").status_code == 200

    services.end_role(admin.memberships.get(), actor=None, reason="Left.")
    assert client.get("/gangnam/desk/roles/").status_code == 404
    Account.objects.filter(pk=admin.pk).update(is_active=False)

    assert client.get("/accounts/me/").status_code == 302
