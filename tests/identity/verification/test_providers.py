"""Verification by OpenID Connect: with a real provider, and with one that lies in every possible way."""

import re
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from oidc_provider_mock import User, run_server_in_thread

from audit.actions import Action
from audit.models import Event
from identity.verification import oidc, services
from identity.verification.models import Person, VerificationRoute
from tests.identity.dump import text_of_every_table
from tests.identity.peers import crooked_provider

# A number with a valid check digit that no register in the tests contains.
THAI_NUMBER = "1103702071811"


@pytest.fixture
def secret(settings, tmp_path):
    settings.KEY_DIRECTORY = tmp_path
    (tmp_path / "provider-gangnam-state.secret").write_text("a secret of the provider\n")


@pytest.fixture
def crooked(authority, secret):
    with crooked_provider() as provider:
        services.set_up_route(
            authority,
            VerificationRoute.Method.PROVIDER,
            actor=None,
            slug="state",
            name={"en": "State identity"},
            assurance=3,
            issuer=provider.issuer,
            client_id="platform",
        )
        yield provider


@pytest.fixture
def resident(account_of):
    account = account_of("resident")
    client = Client()
    client.force_login(account)
    return client


def _start(client, authority, **typed):
    """Choose the provider; return the redirect address and its parameters."""
    route = VerificationRoute.objects.get(slug="state")
    answer = client.post(
        f"/{authority.slug}/verify/?route={route.pk}",
        {"residency": "resident", "area": str(authority.area.pk), "age_group": "", **typed},
    )
    assert answer.status_code == 302, answer.content.decode()
    address = urlsplit(answer.url)
    return f"{address.scheme}://{address.netloc}{address.path}", {
        name: values[0] for name, values in parse_qs(address.query).items()
    }


def _return(client, authority, **query):
    return client.get(f"/{authority.slug}/verify/provider/state/", query)


def _go_through(client, authority, provider):
    """Run the whole flow with the crooked provider; return the response to the callback."""
    _, asked = _start(client, authority)
    provider.expected_challenge = asked["code_challenge"]
    provider.claims = {"nonce": asked["nonce"], **provider.claims}
    return _return(client, authority, code="abc", state=asked["state"])


def test_a_person_is_verified_by_a_real_provider(authority, resident, secret):
    claims = {"birthdate": "1985-03-04", "acr": "2.3", "name": "Resident One", "email": "one@example.org"}
    with run_server_in_thread(
        user_claims=[User(sub="subject-1", claims=claims)], require_nonce=True
    ) as server:
        services.set_up_route(
            authority,
            VerificationRoute.Method.PROVIDER,
            actor=None,
            slug="state",
            assurance=1,
            acr_assurance={"2.3": 3},
            scope="openid profile",
            issuer=f"http://localhost:{server.server_port}",
            client_id="platform",
        )

        address, asked = _start(resident, authority)
        consent = requests.post(
            address, params=asked, data={"sub": "subject-1"}, allow_redirects=False, timeout=10
        )
        back = urlsplit(consent.headers["Location"])
        answer = resident.get(back.path, dict(parse_qs(back.query)))

    assert (answer.status_code, answer.url) == (302, "/accounts/me/")
    person = Person.objects.get()
    assert (person.assurance, person.age_group, person.area) == (3, "35-49", authority.area)
    assert person.identities.get().kind == "national"
    # Only the necessary data: neither the name, nor the address, nor the day of birth, nor the subject.
    dumped = text_of_every_table()
    for kept in ("Resident One", "one@example.org", "1985-03-04", "subject-1"):
        assert kept not in dumped
    replay = resident.get(back.path, dict(parse_qs(back.query)))
    assert replay.url == f"/{authority.slug}/verify/"


def test_the_request_carries_pkce_state_and_nonce_and_asks_for_no_more_than_needed(
    authority, resident, crooked
):
    address, asked = _start(resident, authority)

    assert address == f"{crooked.issuer}/authorize"
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver/gangnam/verify/provider/state/"
    assert {len(asked[name]) for name in ("state", "nonce", "code_challenge")} == {43}
    assert _start(resident, authority)[1]["state"] != asked["state"]


def test_the_honest_answer_of_the_other_provider_is_accepted(authority, resident, crooked):
    answer = _go_through(resident, authority, crooked)

    assert answer.url == "/accounts/me/"
    assert Person.objects.get().assurance == 3
    assert crooked.asked[0]["redirect_uri"] == "http://testserver/gangnam/verify/provider/state/"


def _other_key(provider):
    provider.signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _unsigned(provider):
    provider.signing_key, provider.algorithm = None, "none"


def _symmetric(provider):
    provider.signing_key, provider.algorithm = "a secret of the provider, long enough for it", "HS256"


LIES = {
    "signed with another key": _other_key,
    "not signed": _unsigned,
    "signed with the shared secret": _symmetric,
    "of another issuer": lambda provider: provider.claims.update(iss="https://other.example"),
    "for another audience": lambda provider: provider.claims.update(aud="somebody else"),
    "for several, meant for another": lambda provider: provider.claims.update(
        aud=["platform", "other"], azp="other"
    ),
    "expired": lambda provider: provider.claims.update(exp=int(time.time()) - 31),
    "from the future": lambda provider: provider.claims.update(iat=int(time.time()) + 3600),
    "without expiry": lambda provider: provider.claims.update(exp=None),
    "without subject": lambda provider: provider.claims.update(sub=None),
    "with another nonce": lambda provider: provider.claims.update(nonce="of an earlier sign-in"),
    "without nonce": lambda provider: provider.claims.update(nonce=None),
    "discovered under another issuer": lambda provider: provider.document.update(issuer="https://x.example"),
    "with keys over http": lambda provider: provider.document.update(jwks_uri="http://192.0.2.1/keys"),
    "unavailable": lambda provider: setattr(provider, "status", 503),
    "redirected": lambda provider: setattr(provider, "status", 302),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_cannot_be_trusted_verifies_nobody(authority, resident, crooked, lie):
    _, asked = _start(resident, authority)
    crooked.expected_challenge = asked["code_challenge"]
    crooked.claims = {"nonce": asked["nonce"]}
    LIES[lie](crooked)

    answer = _return(resident, authority, code="abc", state=asked["state"])

    assert (answer.status_code, answer.url) == (302, "/gangnam/verify/")
    page = resident.get(answer.url).content.decode()
    assert "We could not confirm who you are." in page
    assert not Person.objects.exists()
    assert Event.objects.filter(action=Action.VERIFICATION_FAILED).count() == 1


@pytest.mark.parametrize("fault", ["gone", "out of order"])
def test_f21_a_provider_that_is_down_is_said_to_be_and_the_other_ways_are_named(
    authority, resident, crooked, fault
):
    services.set_up_route(authority, VerificationRoute.Method.DESK, actor=None, assurance=2)
    if fault == "gone":
        VerificationRoute.objects.filter(slug="state").update(issuer="http://127.0.0.1:1")
    else:
        crooked.status = 503
    route = VerificationRoute.objects.get(slug="state")

    answer = resident.post(
        f"/{authority.slug}/verify/?route={route.pk}",
        {"residency": "resident", "area": str(authority.area.pk), "age_group": ""},
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The identity service is not responding." in page
    assert "Choose another way below" in page
    assert "With the service desk" in page
    # Nobody failed to verify.
    assert not Event.objects.filter(action=Action.VERIFICATION_FAILED).exists()


@pytest.mark.parametrize("query", [{"state": "forged", "code": "abc"}, {"error": "access_denied"}, {}])
def test_a_forged_state_a_refusal_and_an_empty_answer_verify_nobody(authority, resident, crooked, query):
    _, asked = _start(resident, authority)
    crooked.expected_challenge = asked["code_challenge"]
    crooked.claims = {"nonce": asked["nonce"]}

    assert _return(resident, authority, **query).url == "/gangnam/verify/"
    # The forgery used up the flow: its own state is no longer valid.
    assert _return(resident, authority, code="abc", state=asked["state"]).url == "/gangnam/verify/"

    assert not Person.objects.exists()


def test_an_answer_that_another_browser_asked_for_verifies_nobody(authority, resident, account_of, crooked):
    _, asked = _start(resident, authority)
    crooked.expected_challenge = asked["code_challenge"]
    crooked.claims = {"nonce": asked["nonce"]}
    victim = Client()
    victim.force_login(account_of("victim"))

    answer = _return(victim, authority, code="abc", state=asked["state"])

    assert answer.url == "/gangnam/verify/"
    assert not Person.objects.exists()


def test_a_code_stolen_without_its_verifier_is_worth_nothing(authority, resident, crooked):
    _, asked = _start(resident, authority)
    crooked.expected_challenge = "the challenge of another flow"
    crooked.claims = {"nonce": asked["nonce"]}

    _return(resident, authority, code="abc", state=asked["state"])

    assert not Person.objects.exists()


def test_a_second_account_of_the_same_person_is_refused(authority, resident, account_of, crooked):
    _go_through(resident, authority, crooked)
    second = Client()
    second.force_login(account_of("second"))
    crooked.claims = {}

    answer = _go_through(second, authority, crooked)

    assert answer.url == "/gangnam/verify/"
    assert "Another account already uses this identity" in second.get(answer.url).content.decode()
    assert Person.objects.get().account.display_name == "resident"


def test_a_level_of_assurance_that_is_not_listed_is_refused(authority, resident, crooked):
    VerificationRoute.objects.update(acr_claim="ial", acr_assurance={"2.3": 3, "1.2": 1})
    crooked.claims = {"ial": "1.1"}
    _go_through(resident, authority, crooked)
    assert not Person.objects.exists()

    crooked.claims = {"ial": "1.2"}
    _go_through(resident, authority, crooked)

    assert Person.objects.get().assurance == 1


def test_t64_a_national_number_of_the_provider_is_hashed_and_found_nowhere(
    authority, resident, crooked, caplog
):
    VerificationRoute.objects.update(subject_claim="pid")
    authority.area.country, authority.area.path = "TH", "TH.11680."
    authority.area.save()
    crooked.claims = {"pid": THAI_NUMBER}

    with caplog.at_level("DEBUG"):
        answer = _go_through(resident, authority, crooked)

    assert answer.url == "/accounts/me/"
    assert Person.objects.count() == 1
    session = resident.session
    for place in (text_of_every_table(), caplog.text, answer.url, str(dict(session.items()))):
        assert THAI_NUMBER not in re.sub(r"[-\s]", "", place)


def test_t64_a_korean_registration_number_is_not_even_hashed(authority, resident, crooked):
    crooked.claims = {"sub": "900101-1234567"}

    _go_through(resident, authority, crooked)

    assert not Person.objects.exists()


def test_a_verification_by_provider_expires(authority, resident, crooked):
    VerificationRoute.objects.update(valid_days=10)

    _go_through(resident, authority, crooked)

    person = Person.objects.get()
    assert person.expires_at - person.verified_at == timedelta(days=10)


def test_the_page_lets_its_form_lead_to_the_provider_and_nowhere_else(authority, resident, crooked):
    route = VerificationRoute.objects.get()

    policy = resident.get(f"/gangnam/verify/?route={route.pk}").headers["Content-Security-Policy"]
    plain = resident.get("/accounts/me/").headers["Content-Security-Policy"]

    assert f"form-action 'self' {crooked.issuer}" in policy
    assert "form-action 'self';" in plain + ";"


def test_a_provider_is_asked_over_https_or_on_this_machine_only():
    client = oidc.Client("http://192.0.2.1", "platform", "secret", "http://testserver/back/")

    with pytest.raises(oidc.ProviderError, match="not over https"):
        oidc.authorization_address(client, oidc.Flow.start(), scope="openid")
