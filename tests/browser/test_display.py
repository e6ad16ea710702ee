"""Larger text, high contrast and text at twice its size, on a phone, in four languages."""

from typing import Any

import pytest
from playwright.sync_api import Page

from rounds.models import Round
from tests.browser.axe import violations
from tests.browser.conftest import PHONE
from tests.factories import make_proposal
from tests.voting.votes import make_vote

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("viewport", [PHONE], ids=["phone"]),
    pytest.mark.parametrize("language", ["ko", "th", "vi", "en"]),
]


@pytest.fixture
def round(transactional_db: None) -> Round:
    round = make_vote((60_000_000, 30_000_000, 25_000_000), budget_minor=100_000_000)
    make_proposal(round)
    return round


def _paths(round: Round) -> list[str]:
    here = f"/{round.authority.slug}/{round.slug}"
    return [
        "/",
        "/display/",
        f"/{round.authority.slug}/",
        f"{here}/",
        f"{here}/proposals/",
        f"{here}/ballot/",
        f"{here}/ballot/review/",
        "/accounts/signup/",
        "/accounts/login/",
    ]


def _choose(page: Page, live_server: Any, words: str) -> None:
    page.context.add_cookies([{"name": "display", "value": words, "url": live_server.url}])


def _overflow(page: Page) -> int:
    wide: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return wide


def test_high_contrast_is_of_level_aaa_and_nothing_leaves_the_window(
    page: Page, round: Round, live_server: Any
):
    _choose(page, live_server, "large.contrast.plain")
    faults: dict[str, Any] = {}

    for path in _paths(round):
        page.goto(path)
        found = violations(page, enhanced=True)
        if found or _overflow(page) > 0:
            faults[path] = (_overflow(page), found[:6])

    assert faults == {}


def test_text_at_twice_its_size_stays_in_the_window(page: Page, round: Round):
    faults = {}

    for path in _paths(round):
        page.goto(path)
        # As the browser's own setting does: every size is in rem.
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        if _overflow(page) > 0:
            faults[path] = _overflow(page)

    assert faults == {}
