"""Sign-in with a real OpenID Connect provider, and no account without proof."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from oidc_provider_mock import User, run_server_in_thread

from audit.actions import Action
from audit.models import Event
from identity import services
from identity.models import Account
from identity.roles import Role
from tests.identity.conftest import PASSWORD
from tests.identity.dump import text_of_every_table

pytestmark = pytest.mark.django_db
START = "/accounts/oidc/city/login/"


@pytest.fixture
def provider(settings, tmp_path):
    """A provider that knows "one", with a verified address, and "two", with an unverified address."""
    settings.KEY_DIRECTORY = tmp_path
    (tmp_path / "sign-in-city.secret").write_text("a secret of the provider\n")
    people = [
        User(
            sub="1103702071811",
            claims={"email": "one@example.org", "email_verified": True, "name": "Resident Canary"},
        ),
        User(sub="subject-2", claims={"email": "two@example.org", "email_verified": False}),
    ]
    with run_server_in_thread(user_claims=people) as server:
        yield server


@pytest.fixture
def city(provider):
    """Set the provider up, trusting its addresses or not."""

    def set_up(**fields):
        return services.set_up_sign_in(
            "city",
            actor=None,
            name={"en": "City identity"},
            issuer=f"http://localhost:{provider.server_port}",
            client_id="platform",
            **fields,
        )

    return set_up


def _come_back(client, subject, start=START):
    """Go from the platform to the provider and back; return the platform's response."""
    sent = client.post(start)
    assert sent.status_code == 302, sent.content.decode()
    address = urlsplit(sent.url)
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    consent = requests.post(
        f"{address.scheme}://{address.netloc}{address.path}",
        params=asked,
        data={"sub": subject},
        allow_redirects=False,
        timeout=10,
    )
    back = urlsplit(consent.headers["Location"])
    return client.get(back.path, dict(parse_qs(back.query)))


def _who(client):
    page = client.get("/accounts/me/")
    return page.context["user"] if page.status_code == 200 else None


def _confirmed(account_of, name):
    account = account_of(name)
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    return account


def test_a_trusted_providers_word_opens_an_account_of_which_only_the_address_is_known(city):
    city(trusts_addresses=True)
    client = Client(headers={"accept-language": "th"})

    _come_back(client, "1103702071811")

    account = Account.objects.get()
    assert _who(client) == account
    assert (account.email, account.display_name, account.language) == ("one@example.org", "", "th")
    assert not account.has_usable_password()
    assert Event.objects.filter(action=Action.ACCOUNT_REGISTERED).count() == 1
    known = SocialAccount.objects.get()
    assert (len(known.uid), known.extra_data, SocialToken.objects.count()) == (64, {}, 0)
    dumped = text_of_every_table()
    assert "1103702071811" not in dumped
    assert "Resident Canary" not in dumped


@pytest.mark.parametrize(("subject", "trusts"), [("1103702071811", False), ("subject-2", True)])
def test_an_address_nobody_here_has_confirmed_is_confirmed_by_a_code_first(city, subject, trusts):
    city(trusts_addresses=trusts)
    client = Client()

    answer = _come_back(client, subject)

    assert answer.url == "/accounts/confirm-email/"
    assert _who(client) is None
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{4}|[A-Z0-9]{6})\s*$", mail.outbox[-1].body, re.M)[1]
    client.post("/accounts/confirm-email/", {"code": code})
    assert _who(client) == Account.objects.get()


def test_somebody_known_by_the_same_address_is_not_taken_for_them_by_a_provider_one_does_not_trust(
    city, account_of
):
    city(trusts_addresses=False)
    account = _confirmed(account_of, "one")
    client = Client()

    answer = _come_back(client, "1103702071811")

    # As if a new account waited for its code: the response does not reveal whether the address is known.
    assert answer.url == "/accounts/confirm-email/"
    assert _who(client) is None
    assert (Account.objects.get(), SocialAccount.objects.count()) == (account, 0)


def test_a_trusted_providers_verified_address_finds_the_account_that_confirmed_it(city, account_of):
    city(trusts_addresses=True)
    account = _confirmed(account_of, "one")

    clients = [Client(), Client()]
    for client in clients:
        _come_back(client, "1103702071811")

    assert [_who(client) for client in clients] == [account, account]
    assert SocialAccount.objects.get().user == account
    # Its password still works.
    assert Account.objects.get().check_password(PASSWORD)


def test_an_account_that_waits_with_somebody_elses_address_is_not_given_to_them(city, account_of):
    """Somebody signed up with the victim's address, knows the password, and cannot confirm it."""
    city(trusts_addresses=True)
    squatter = account_of("one")
    squatter.emailaddress_set.create(email=squatter.email, verified=False, primary=True)
    client = Client()

    _come_back(client, "1103702071811")

    assert _who(client) is None
    assert not SocialAccount.objects.filter(user=squatter).exists()


def test_whoever_is_signed_in_ties_a_provider_to_the_account_after_giving_the_password_again(
    city, account_of
):
    city(trusts_addresses=False)
    account = _confirmed(account_of, "three")
    client, later = Client(), Client()
    client.force_login(account)

    asked = client.post(f"{START}?process=connect")
    assert "/accounts/reauthenticate/" in asked.url
    assert not SocialAccount.objects.exists()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    _come_back(client, "subject-2", f"{START}?process=connect")
    _come_back(later, "subject-2")

    assert _who(later) == account
    assert Account.objects.get() == account


def test_a_provider_account_belongs_to_one_account(city, account_of):
    city(trusts_addresses=False)
    first, second = _confirmed(account_of, "three"), _confirmed(account_of, "four")
    for account in (first, second):
        client = Client()
        client.force_login(account)
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        _come_back(client, "subject-2", f"{START}?process=connect")

    assert SocialAccount.objects.get().user == first


def test_a_forged_state_a_replay_and_another_browser_sign_nobody_in(city):
    city(trusts_addresses=True)
    client, other = Client(), Client()
    sent = client.post(START)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.url).query).items()}
    consent = requests.post(
        sent.url.partition("?")[0],
        params=asked,
        data={"sub": "1103702071811"},
        allow_redirects=False,
        timeout=10,
    )
    back = urlsplit(consent.headers["Location"])
    answer = {name: values[0] for name, values in parse_qs(back.query).items()}

    other.get(back.path, answer)
    client.get(back.path, {**answer, "state": "forged"})
    assert not Account.objects.exists()
    client.get(back.path, answer)
    assert _who(client) == Account.objects.get()
    client.post("/accounts/logout/")
    client.get(back.path, answer)

    assert _who(client) is None
    assert _who(other) is None


def test_t37_an_official_signing_in_with_a_provider_still_needs_the_second_factor(
    city, account_of, authority, settings
):
    settings.SECOND_FACTOR_FOR_OFFICIALS = True
    city(trusts_addresses=True)
    account = _confirmed(account_of, "one")
    services.grant_role(account, authority, Role.MODERATOR, actor=None, reason="Set up.")
    client = Client()

    _come_back(client, "1103702071811")

    assert client.get("/gangnam/desk/queue/").url == "/accounts/2fa/"


def test_the_page_of_signing_in_offers_open_providers_by_name_and_authority(city, authority, client):
    city(authority=authority)

    assert "City identity (Gangnam)" in client.get("/accounts/login/").content.decode()
    services.set_up_sign_in("city", actor=None, is_open=False)

    assert "City identity" not in client.get("/accounts/login/").content.decode()
    assert client.get(START).status_code == 404
    assert client.post(START).status_code == 404


def test_a_provider_without_its_secret_is_left_out_and_the_password_goes_on_working(
    city, account_of, client, tmp_path
):
    city()
    account = _confirmed(account_of, "one")
    (tmp_path / "sign-in-city.secret").unlink()

    page = client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": account.email, "password": PASSWORD})

    assert (page.status_code, "City identity" in page.content.decode()) == (200, False)
    assert _who(client) == account


def test_only_the_page_before_the_provider_lets_a_form_lead_there(city, provider, client):
    city()

    def allowed(path):
        policy = client.get(path).headers["Content-Security-Policy"]
        return re.search(r"form-action ([^;]+)", policy)[1].split()

    assert sorted(allowed(START)) == ["'self'", f"http://localhost:{provider.server_port}"]
    assert allowed("/accounts/login/") == ["'self'"]


def test_words_in_the_address_ask_the_provider_for_no_more(city, client):
    city()

    sent = client.post(f"{START}?scope=phone,address")

    assert sorted(parse_qs(urlsplit(sent.url).query)["scope"][0].split()) == ["email", "openid"]


def test_a_provider_is_set_up_at_the_command_line(authority, capsys):
    with pytest.raises(CommandError, match="needs --name"):
        call_command("set_up_sign_in", "city", "--issuer", "https://id.example")

    call_command(
        "set_up_sign_in",
        "city",
        "--name",
        '{"en": "City identity"}',
        "--issuer",
        "https://id.example",
        "--client-id",
        "platform",
        "--authority",
        "gangnam",
        "--trust-addresses",
    )
    call_command("set_up_sign_in", "city", "--close")

    from identity.models import SignInProvider

    kept = SignInProvider.objects.get()
    assert (kept.is_open, kept.trusts_addresses, kept.authority) == (False, True, authority)
    assert capsys.readouterr().out.splitlines() == ["city is open", "city is closed"]
    assert Event.objects.filter(action=Action.SIGN_IN_PROVIDER_SET_UP).count() == 2
