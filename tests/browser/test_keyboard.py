"""Every kind of ballot is filled in and cast by the keyboard alone; approval is in test_voting."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from rounds.models import Round
from tests.browser.voters import line, sign_in, tab_to
from tests.factories import make_resident
from tests.voting.votes import codes, make_vote
from voting.ballots import services
from voting.ballots.selectors import stored_ballot

pytestmark = pytest.mark.django_db(transaction=True)


def _begin(page: Page, live_server, **style):
    """A voter before the list of a ballot paper of this kind; returns the round and the voter's account."""
    round = make_vote((600, 300, 200, 100), ballot_style=style)
    account = make_resident(round.authority)
    sign_in(page, account, live_server)
    page.goto(reverse("voting:ballot", args=[round.authority.slug, round.slug]))
    return round, account


def _press(page: Page, selector: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")


def _add(page: Page, code: str) -> None:
    _press(page, f"#add-{code}")
    expect(line(page, code).get_by_role("button", name=re.compile("Remove"))).to_be_visible()
    expect(page.locator(f"#add-{code}")).to_be_focused()


def _go_to_review(page: Page) -> None:
    _press(page, "#budget a.govuk-button")
    expect(page.get_by_role("heading", name="Review your ballot")).to_be_visible()


def _cast(page: Page) -> None:
    _press(page, "#cast button")
    heading = page.get_by_role("heading", name="Your ballot is in the box")
    expect(heading).to_be_focused()


def _stored(round: Round, account) -> dict:
    voter = services.voter(round, account, now=timezone.now(), channel="web")
    return stored_ballot(round, voter.key, voter.tag).choices


def test_a_budget_is_spent_by_keyboard_and_what_goes_over_it_is_taken_back(
    page, live_server, transactional_db
):
    round, account = _begin(page, live_server, kind="knapsack", ballot_budget_minor=700)
    first, second, _third, fourth = codes(round)

    _add(page, first)
    _add(page, second)
    expect(page.locator("#budget")).to_contain_text("Over budget by ₩200")
    _press(page, f"#add-{second}")
    expect(line(page, second).get_by_role("button", name=re.compile("Add"))).to_be_visible()
    _add(page, fourth)
    expect(page.locator("#budget")).to_contain_text("₩700 of ₩700")
    _go_to_review(page)
    _cast(page)

    assert _stored(round, account) == {1: sorted([first, fourth])}


def test_points_are_given_by_keyboard_and_the_sum_is_told(page, live_server, transactional_db):
    round, account = _begin(page, live_server, kind="cumulative", points=5, points_per_project=4)
    first, second, *_ = codes(round)

    for code, points, left in ((first, "4", "1"), (second, "1", "0")):
        tab_to(page, f"#points-{code}")
        page.keyboard.type(points)
        _press(page, f"#add-{code}")
        expect(page.locator("#budget .pb-budget__left strong")).to_have_text(left)
        expect(page.locator(f"#add-{code}")).to_be_focused()
    _go_to_review(page)
    _cast(page)

    assert _stored(round, account) == {1: [(first, 4), (second, 1)]}


def test_projects_are_put_in_order_by_keyboard(page, live_server, transactional_db):
    round, account = _begin(page, live_server, kind="ordinal", max_choices=3)
    first, second, third, _fourth = codes(round)
    order = page.locator(".pb-line[id]")

    for code in (first, second, third):
        _add(page, code)
    _go_to_review(page)
    expect(order.nth(2)).to_have_id(f"line-{third}")
    _press(page, f"#line-{third} button[name=up]")
    expect(order.nth(1)).to_have_id(f"line-{third}")
    _press(page, f"#line-{third} button[name=up]")
    expect(order.nth(0)).to_have_id(f"line-{third}")
    _cast(page)

    assert _stored(round, account) == {1: [third, first, second]}
