"""A device that one voter after the other uses, in a browser: nothing of one is there for the next."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from identity.roles import Role
from rounds.models import Round
from tests.browser.axe import violations
from tests.browser.voters import choose, sign_in
from tests.factories import make_official, make_resident
from tests.voting.votes import codes, make_vote
from voting.ballots.models import BallotBox

pytestmark = pytest.mark.django_db(transaction=True)

PHRASE = "a long pass phrase"


def _url(name: str, round: Round) -> str:
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug])


@pytest.fixture
def round(transactional_db: None) -> Round:
    return make_vote()


@pytest.fixture
def device(page: Page, round: Round, live_server) -> Page:
    """A browser that a clerk has made a kiosk, with the clock in the test's hand."""
    page.clock.install()
    sign_in(page, make_official(round.authority, Role.CLERK), live_server)
    page.goto(_url("desk_kiosk", round))
    page.get_by_role("button", name="Turn this device into a kiosk").click()
    expect(page.get_by_role("heading", name="Vote here")).to_be_visible()
    return page


def _resident(round: Round):
    account = make_resident(round.authority, password=PHRASE)
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    return account


def _choose_and_sign_in(device: Page, code: str, account) -> None:
    device.get_by_role("link", name="Start").click()
    choose(device, code)
    device.get_by_role("link", name="Review your ballot").click()
    device.get_by_role("link", name="Sign in and cast").click()
    device.fill("input[name=login]", account.email)
    device.fill("input[name=password]", PHRASE)
    device.press("input[name=password]", "Enter")
    expect(device.get_by_role("button", name="Cast my ballot")).to_be_visible()


def _kept(device: Page) -> dict:
    """Data that the browser keeps for this site, except for the sign that it is a kiosk."""
    stored = device.evaluate(
        """async () => ({
            local: Object.entries(localStorage).filter(([, value]) => !value.includes('"choices":{"1":[]}')),
            // htmx notes which page is shown now.
            session: Object.entries(sessionStorage).filter(([, value]) => value !== location.pathname),
            caches: 'caches' in window ? await caches.keys() : [],
            fields: [...document.querySelectorAll('input:not([type=hidden])')].map(field => field.value),
        })"""
    )
    cookies = {cookie["name"] for cookie in device.context.cookies()} - {"kiosk", "csrftoken"}
    return stored | {"cookies": cookies}


NOTHING = {"local": [], "session": [], "caches": [], "fields": [], "cookies": set()}


def test_the_next_voter_finds_nothing_of_the_last_by_any_way_the_browser_offers(device, round):
    first, second, _ = codes(round)
    one, two = _resident(round), _resident(round)
    _choose_and_sign_in(device, first, one)
    device.get_by_role("button", name="Cast my ballot").click()
    device.wait_for_selector("text=Your ballot is in the box")
    receipt = device.locator("#receipt-code").inner_text()
    assert re.fullmatch(r"([0-9A-Z]{5}-){4}[0-9A-Z]", receipt)
    assert violations(device) == []

    device.get_by_role("button", name="End my turn").click()

    expect(device.get_by_role("heading", name="Vote here")).to_be_visible()
    assert _kept(device) == NOTHING
    # Back, as far as the history goes: each page is asked for again, and is nobody's.
    n_back = 0
    while device.go_back() is not None:
        n_back += 1
        seen = device.content()
        for trace in (receipt, one.email, one.display_name or one.email, "Remove from ballot"):
            assert trace not in seen, device.url
    assert n_back > 2
    device.goto(reverse("account_login"))
    fields = device.locator("input[name=login], input[name=password]")
    assert [fields.nth(place).input_value() for place in range(fields.count())] == ["", ""]
    # The browser must not offer what an earlier voter typed.
    assert device.locator("input[name=login]").get_attribute("autocomplete") == "off"
    assert device.locator("input[name=password]").get_attribute("autocomplete") == "new-password"

    device.goto(_url("kiosk", round))
    _choose_and_sign_in(device, second, two)
    expect(device.locator(f"#line-{second}")).to_be_visible()
    assert device.locator(f"#line-{first}").count() == 0
    device.get_by_role("button", name="Cast my ballot").click()
    device.wait_for_selector("text=Your ballot is in the box")
    assert BallotBox.objects.count() == 2


def test_a_voter_who_walks_away_is_forgotten_after_the_countdown(device, round):
    first, *_ = codes(round)
    account = _resident(round)
    _choose_and_sign_in(device, first, account)

    device.clock.run_for(91_000)
    expect(device.locator("#kiosk-idle")).to_be_visible()
    # A touch goes on.
    device.keyboard.press("Shift")
    expect(device.locator("#kiosk-idle")).to_be_hidden()
    endings: list[str] = []
    device.on(
        "request", lambda request: endings.append(request.url) if "kiosk/finish" in request.url else None
    )
    # Seconds go on while the answer is under way.
    device.clock.run_for(125_000)

    expect(device.get_by_role("heading", name="Vote here")).to_be_visible()
    assert len(endings) == 1
    assert _kept(device) == NOTHING
    device.goto(_url("review", round))
    assert account.email not in device.content()
    assert device.locator(f"#line-{first}").count() == 0
    assert BallotBox.objects.count() == 0
