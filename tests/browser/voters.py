"""Actions of voters in a browser: sign in, choose, cast, and move between controls by keyboard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.test import Client
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

    from identity.models import Account


def sign_in(page: Page, account: Account, live_server: LiveServer) -> None:
    client = Client()
    client.force_login(account)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def line(page: Page, code: str) -> Locator:
    return page.locator(f"#line-{code}")


def choose(page: Page, code: str) -> None:
    line(page, code).get_by_role("button", name=re.compile("Add")).click()
    expect(line(page, code).get_by_role("button", name=re.compile("Remove"))).to_be_visible()


def cast(page: Page) -> str:
    """Go from the list to the stored ballot; return the receipt code as the page shows it."""
    page.get_by_role("link", name="Review your ballot").click()
    page.get_by_role("button", name="Cast my ballot").click()
    page.wait_for_selector("text=Your ballot is in the box")
    expect(page.locator("#receipt-code")).to_have_text(re.compile(r"^([0-9A-Z]{5}-){4}[0-9A-Z]$"))
    return page.locator("#receipt-code").inner_text()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus; it has to be reached from where the focus is now."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")
