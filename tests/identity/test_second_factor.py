"""The second factor of officials: set up at the first sign-in, requested at every one, stored sealed."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from identity import sealing, services
from identity.keys import KeyUnavailable
from identity.roles import Role
from tests.identity.conftest import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _required(settings):
    settings.SECOND_FACTOR_FOR_OFFICIALS = True


def _confirm_address(account):
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    return account


def _code():
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(SECRET, counter))


def _enrolled(account):
    TOTP.activate(_confirm_address(account), SECRET)
    return account


def _sign_in(client, account):
    return client.post("/accounts/login/", {"login": account.email, "password": PASSWORD})


def test_t37_an_official_without_a_second_factor_gets_no_further_than_setting_one_up(official, authority):
    admin = _confirm_address(official(Role.AUTHORITY_ADMIN))
    client = Client()
    _sign_in(client, admin)

    for path in ("/gangnam/desk/roles/", "/accounts/me/", "/", "/admin/"):
        answer = client.get(path)
        assert (answer.status_code, answer.url) == (302, "/accounts/2fa/"), path
    assert client.get("/accounts/2fa/").status_code == 200


def test_t37_an_operator_without_a_second_factor_does_not_open_the_operators_pages(account_of):
    operator = _confirm_address(account_of("operator", is_staff=True, is_superuser=True))
    client = Client()
    _sign_in(client, operator)

    assert client.get("/admin/").url == "/accounts/2fa/"


def test_a_resident_needs_no_second_factor(account_of):
    client = Client()
    _sign_in(client, _confirm_address(account_of("resident")))

    assert client.get("/accounts/me/").status_code == 200


def test_an_enrolled_official_signs_in_with_password_and_code(official, authority):
    admin = _enrolled(official(Role.AUTHORITY_ADMIN))
    client = Client()

    first = _sign_in(client, admin)
    assert (first.status_code, first.url) == (302, "/accounts/2fa/authenticate/")
    assert client.get("/gangnam/desk/roles/").status_code == 302
    wrong = client.post(
        "/accounts/2fa/authenticate/", {"code": "000000" if _code() != "000000" else "000001"}
    )
    assert wrong.status_code == 200
    client.post("/accounts/2fa/authenticate/", {"code": _code()})

    assert client.get("/gangnam/desk/roles/").status_code == 200


def test_a_role_ended_or_pending_asks_for_no_second_factor(official, account_of, authority):
    first = official(Role.AUTHORITY_ADMIN, "first")
    account = _confirm_address(account_of("officer"))
    services.grant_role(account, authority, Role.BUDGET_OFFICER, actor=first, reason="New.")
    client = Client()
    _sign_in(client, account)

    assert client.get("/accounts/me/").status_code == 200


def test_an_official_sets_up_a_code_generator_and_gets_recovery_codes(official, authority):
    admin = _confirm_address(official(Role.AUTHORITY_ADMIN))
    client = Client()
    _sign_in(client, admin)
    assert client.get("/accounts/2fa/totp/activate/").url.startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    page = client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    counter = next(iter(yield_hotp_counters_from_time()))
    answer = client.post(
        "/accounts/2fa/totp/activate/", {"code": format_hotp_value(hotp_value(secret, counter))}
    )

    assert (page.status_code, answer.status_code) == (200, 302)
    kinds = set(Authenticator.objects.filter(user=admin).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    assert client.get("/gangnam/desk/roles/").status_code == 200


def test_t37_a_recovery_code_signs_in_once(official, authority):
    admin = _enrolled(official(Role.AUTHORITY_ADMIN))
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    code = RecoveryCodes.activate(admin).get_unused_codes()[0]
    reached = []

    for _ in range(2):
        client = Client()
        _sign_in(client, admin)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        reached.append(client.get("/gangnam/desk/roles/").status_code)

    assert reached == [200, 302]


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/webauthn/add/",
    ],
)
def test_t37_changing_the_second_factor_asks_for_the_first_again(official, authority, path, time_machine):
    admin = _enrolled(official(Role.AUTHORITY_ADMIN))
    client = Client()
    _sign_in(client, admin)
    client.post("/accounts/2fa/authenticate/", {"code": _code()})
    before = set(Authenticator.objects.values_list("pk", "type"))

    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 302
        assert "reauthenticate" in answer.url

    assert set(Authenticator.objects.values_list("pk", "type")) == before


def test_granting_a_role_asks_for_the_password_again_and_then_goes_on(official, account_of, client, settings):
    settings.SECOND_FACTOR_FOR_OFFICIALS = False
    clerk = account_of("clerk")
    client.force_login(official(Role.AUTHORITY_ADMIN))
    typed = {"email": "clerk@example.org", "role": "clerk", "reason": "Service desk."}

    asked = client.post("/gangnam/desk/roles/", typed)
    assert asked.url.startswith("/accounts/reauthenticate/")
    assert not clerk.memberships.exists()
    client.post(asked.url, {"password": PASSWORD})

    assert clerk.memberships.get().role == "clerk"


def test_the_secret_of_a_code_generator_is_sealed_in_the_database(official, authority):
    admin = _enrolled(official(Role.AUTHORITY_ADMIN))

    stored = Authenticator.objects.get(user=admin, type="totp").data["secret"]

    assert SECRET not in stored
    assert re.match(r"v1:[A-Za-z0-9_-]+={0,2}$", stored)


def test_a_sealed_text_opens_only_under_its_key_for_its_purpose_and_unchanged():
    key, other = b"k" * 32, b"o" * 32
    sealed = sealing.seal(key, "a purpose", "공원 สวน")

    assert sealing.unseal(key, "a purpose", sealed) == "공원 สวน"
    assert sealing.seal(key, "a purpose", "공원 สวน") != sealed
    # In the middle: some bits of the last base64 character have no meaning.
    changed = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
    for attempt in [(other, "a purpose", sealed), (key, "another", sealed), (key, "a purpose", changed)]:
        with pytest.raises(KeyUnavailable):
            sealing.unseal(*attempt)
    with pytest.raises(KeyUnavailable):
        sealing.unseal(key, "a purpose", "never sealed")
