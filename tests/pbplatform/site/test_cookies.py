"""Cookies: nothing beyond the necessary before consent, refusing as easy as accepting, revocable."""

import re

import pytest
from django.conf import settings as django_settings
from django.test import Client

from audit.actions import Action
from audit.models import Event
from identity import cookies
from identity.models import Consent
from tests.factories import make_authority

NECESSARY = {"csrftoken", "sessionid", "django_language", "messages"}
NAME = "cookie-choice"


def _choose(client: Client, choice: str, **fields: str):
    return client.post("/cookies/", {"choice": choice, "next": "/", **fields})


def _banner(client: Client, path: str = "/") -> bool:
    return 'class="pb-cookies"' in client.get(path).content.decode()


@pytest.mark.django_db
def test_t60_a_first_visit_sets_only_necessary_cookies_and_asks(client):
    authority = make_authority()

    for path in (
        "/",
        f"/{authority.slug}/",
        "/accounts/login/",
        "/accounts/signup/",
        "/privacy/",
        "/cookies/",
    ):
        client.get(path)

    assert set(client.cookies) <= NECESSARY
    assert _banner(client)
    assert not _banner(client, "/cookies/")


@pytest.mark.django_db
def test_t60_refusing_accepting_and_choosing_look_alike_and_take_one_press(client):
    page = client.get("/").content.decode()

    banner = re.search(r'<section class="pb-cookies".*?</section>', page, re.S)[0]
    classes = re.findall(r'<(?:button|a) class="([^"]+)"', banner)
    assert classes == ["pb-cookies__choice"] * 3
    assert [word in banner for word in ("Necessary only", "Accept all", "Choose")] == [True] * 3


@pytest.mark.django_db
def test_t60_only_necessary_is_kept_and_leaves_no_trace_of_the_visitor(client):
    answer = _choose(client, "necessary")

    cookie = client.cookies[NAME]
    assert (answer.status_code, answer.url, cookie.value) == (302, "/", "1.00")
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 31_536_000)
    assert not Consent.objects.exists()
    assert not _banner(client)


@pytest.mark.django_db
def test_t60_what_was_accepted_is_on_record_and_can_be_taken_back_from_the_foot_of_every_page(client):
    _choose(client, "all")
    given = {(row.purpose, row.version, row.account_id) for row in Consent.objects.all()}
    visitor = cookies.read(client.cookies[NAME].value).visitor
    foot = client.get("/").content.decode().split("<footer")[1]
    assert 'href="/cookies/"' in foot

    client.post("/cookies/", {"choice": "save", "performance": "on"})
    one = client.cookies[NAME].value
    _choose(client, "necessary")

    assert given == {("performance", 1, None), ("targeting", 1, None)}
    assert one == f"1.10.{visitor.hex}"
    assert client.cookies[NAME].value == "1.00"
    assert not Consent.objects.filter(withdrawn_at=None).exists()
    assert Event.objects.filter(action=Action.CONSENT_WITHDRAWN, actor=None).count() == 2


@pytest.mark.django_db
def test_the_page_shows_what_was_chosen_and_necessary_cookies_cannot_be_switched_off(client):
    client.post("/cookies/", {"choice": "save", "targeting": "on"})

    page = client.get("/cookies/").content.decode()

    assert re.search(r'name="targeting"[^>]*checked', page)
    assert not re.search(r'name="performance"[^>]*checked', page)
    assert 'name="necessary"' not in page
    assert "Always active" in page
    for name in NECESSARY | {NAME}:
        assert f"<code>{name}</code>" in page


@pytest.mark.django_db
def test_another_version_asks_again_and_replaces_what_was_agreed_to(client, monkeypatch):
    _choose(client, "all")
    assert not _banner(client)

    monkeypatch.setattr(cookies, "VERSION", 2)
    asks = _banner(client)
    _choose(client, "all")

    assert asks
    assert not _banner(client)
    assert set(Consent.objects.filter(withdrawn_at=None).values_list("version", flat=True)) == {2}
    assert Consent.objects.filter(withdrawn_at__isnull=False).count() == 2
    assert Consent.objects.values("visitor").distinct().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value", ["", "1", "1.2", "1.11", "nonsense", "1.11." + "g" * 32, "99999.00", "<script>"]
)
def test_a_cookie_that_was_tampered_with_counts_as_none_or_as_itself(client, value):
    client.cookies[NAME] = value

    assert client.get("/").status_code == 200
    assert _choose(client, "necessary").status_code == 302


@pytest.mark.django_db
def test_script_gets_the_banner_answered_in_its_place_and_a_foreign_target_is_not_followed(client):
    in_place = client.post("/cookies/", {"choice": "necessary"}, headers={"HX-Request": "true"})
    foreign = client.post("/cookies/", {"choice": "necessary", "next": "//evil.example/"})

    assert in_place.status_code == 200
    assert "<html" not in in_place.content.decode()
    assert foreign.url == "/cookies/"


@pytest.mark.django_db
def test_an_answer_to_a_form_does_not_ask(client):
    """A receipt shown once must not be left for the sake of a cookie."""
    refused = client.post("/accounts/login/", {"login": "x@example.org", "password": "wrong"})

    assert "Choose" in client.get("/accounts/login/").content.decode()
    assert 'class="pb-cookies"' not in refused.content.decode()


def test_a_choice_is_written_and_read_the_same():
    choice = cookies.Choice(performance=True, targeting=False, visitor=None)

    assert (str(choice), cookies.read("1.10")) == ("1.10", choice)
    assert cookies.read("2.10") is None
    assert django_settings.COOKIE_CHOICE_NAME == NAME
