"""Cookies and one's own data in a browser: on a phone, with and without script, in four languages."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import PHONE
from tests.factories import make_authority, make_resident

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("viewport", [PHONE], ids=["phone"]),
]

NECESSARY = {"csrftoken", "sessionid", "django_language", "messages"}
BANNER = ".pb-cookies"


def _names(page: Page) -> set[str]:
    return {cookie["name"] for cookie in page.context.cookies()}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_t60_nothing_is_set_before_consent_and_refusing_is_one_press(page):
    page.goto("/")
    before = _names(page)
    buttons = page.locator(f"{BANNER} .pb-cookies__choice")
    sizes = [(box["width"], box["height"]) for box in (one.bounding_box() for one in buttons.all())]
    heading = page.locator("h1").bounding_box()
    banner = page.locator(BANNER).bounding_box()

    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.click(f"{BANNER} >> text=Necessary only")
    expect(page.locator(f"{BANNER} button")).to_have_count(0)
    page.goto("/")

    assert before <= NECESSARY
    assert len(sizes) == 3
    assert max(height for _, height in sizes) - min(height for _, height in sizes) < 1
    assert max(width for width, _ in sizes) - min(width for width, _ in sizes) < 1
    assert heading["y"] >= banner["y"] + banner["height"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator(BANNER).count() == 0
    assert _names(page) <= NECESSARY | {"cookie-choice"}


@pytest.mark.parametrize("language", ["ko", "th", "vi", "en"])
def test_the_pages_about_data_are_accessible(page, live_server, language):
    resident = make_resident(make_authority())
    client = Client()
    client.force_login(resident)
    session = client.cookies["sessionid"].value
    found = {}
    for signed_in, addresses in (
        (False, ("/", "/cookies/", "/privacy/", "/terms/")),
        (True, ("/accounts/me/data/",)),
    ):
        if signed_in:
            page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        for address in addresses:
            answer = page.goto(address)
            wrongs = violations(page)
            if answer.status != 200 or page.evaluate(
                "document.documentElement.scrollWidth > window.innerWidth"
            ):
                wrongs.append(f"status {answer.status}, or wider than its window")
            if wrongs:
                found[address] = wrongs

    assert found == {}
