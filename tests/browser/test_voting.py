"""Choosing, casting and reading back in a browser: phone and desk, by keyboard, without script, offline."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from identity.roles import Role
from rounds.models import Round
from tests.browser.axe import violations
from tests.browser.conftest import PHONE, at_both_widths
from tests.browser.voters import choose, line, sign_in, tab_to
from tests.factories import make_official, make_resident
from tests.voting.votes import codes, end_voting, fresh, make_vote
from voting.ballots import sealing
from voting.ballots.models import BallotBox, CastEvent
from voting.counting import services

pytestmark = pytest.mark.django_db(transaction=True)

in_every_language = pytest.mark.parametrize("language", ["ko", "th", "vi", "en"])

# A paper that limits both the money and the number of projects.
PAPER = {"max_choices": 3, "ballot_budget_minor": 70_000_000}
COSTS = (60_000_000, 30_000_000, 25_000_000, 10_000_000)


@pytest.fixture
def round(transactional_db: None) -> Round:
    return make_vote(COSTS, ballot_style=PAPER, budget_minor=100_000_000)


def _url(name: str, round: Round) -> str:
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug])


def _is_as_wide_as_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@at_both_widths
def test_a_resident_chooses_reviews_casts_and_changes_their_mind(page, round, live_server):
    _first, second, third, _ = codes(round)
    sign_in(page, make_resident(round.authority), live_server)

    page.goto(_url("ballot", round))
    choose(page, second)
    expect(page.locator("#announce")).to_contain_text("40,000,000")
    choose(page, third)
    list_axe = violations(page)
    page.get_by_role("link", name="Review your ballot").click()
    review_axe = violations(page)
    page.get_by_role("button", name="Cast my ballot").click()
    page.wait_for_selector("text=Your ballot is in the box")
    stored_axe = violations(page)

    code = page.locator("#receipt-code").inner_text()
    assert re.fullmatch(r"([0-9A-Z]{5}-){4}[0-9A-Z]", code)
    # The browser and the server derive the same from the code, and the code was never sent.
    refs = sealing.references(sealing.read_code(code), round.slug)
    assert bytes(CastEvent.objects.get().log_ref) == refs.log_ref
    assert (list_axe, review_axe, stored_axe) == ([], [], [])

    page.get_by_role("link", name="Change my ballot").click()
    line(page, third).get_by_role("button", name=re.compile("Remove")).click()
    expect(line(page, third).get_by_role("button", name=re.compile("Add"))).to_be_visible()
    page.get_by_role("link", name="Review your ballot").click()
    page.get_by_role("button", name="Replace my ballot").click()
    page.wait_for_selector("text=It replaces the one you cast before")
    assert page.locator("#receipt-code").inner_text() != code
    assert page.locator(f"#line-{second}").count() == 1
    assert page.locator(f"#line-{third}").count() == 0
    assert BallotBox.objects.get().revision == 2
    assert _is_as_wide_as_its_window(page)


@pytest.mark.parametrize("script", [False])
@at_both_widths
def test_without_script_everything_works_the_same(page, round, live_server):
    _, second, third, _ = codes(round)

    page.goto(_url("ballot", round))
    choose(page, second)
    choose(page, third)
    page.get_by_role("link", name="Review your ballot").click()
    expect(page.get_by_role("link", name="Sign in and cast")).to_be_visible()
    # Signing in keeps what was chosen before.
    account = make_resident(round.authority, password="a long pass phrase")
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    page.get_by_role("link", name="Sign in and cast").click()
    page.fill("input[name=login]", account.email)
    page.fill("input[name=password]", "a long pass phrase")
    page.press("input[name=password]", "Enter")
    page.get_by_role("button", name="Cast my ballot").click()

    page.wait_for_selector("text=Your ballot is in the box")
    code = page.locator("#receipt-code").inner_text()
    refs = sealing.references(sealing.read_code(code), round.slug)
    assert bytes(CastEvent.objects.get().log_ref) == refs.log_ref
    assert page.locator(f"#line-{second}").count() == 1


def test_the_keyboard_alone_is_enough(page, round, live_server):
    _, second, *_ = codes(round)
    sign_in(page, make_resident(round.authority), live_server)
    page.goto(_url("ballot", round))

    tab_to(page, f"#add-{second}")
    page.keyboard.press("Enter")
    expect(line(page, second).get_by_role("button", name=re.compile("Remove"))).to_be_visible()
    # The focus stays on the button that was pressed.
    assert page.evaluate("document.activeElement.id") == f"add-{second}"
    page.goto(_url("review", round))
    tab_to(page, "#cast button")
    page.keyboard.press("Enter")

    page.wait_for_selector("text=Your ballot is in the box")
    assert BallotBox.objects.count() == 1


def test_over_budget_is_said_before_submitting(page, round, live_server):
    first, second, *_ = codes(round)
    sign_in(page, make_resident(round.authority), live_server)
    page.goto(_url("ballot", round))
    choose(page, first)

    choose(page, second)

    expect(page.locator("#budget")).to_contain_text("Over budget by ₩20,000,000")
    page.get_by_role("link", name="Review your ballot").click()
    expect(page.get_by_role("alert")).to_contain_text("Remove projects worth ₩20,000,000 or more")
    assert page.locator("#cast").count() == 0
    assert violations(page) == []


def test_the_basket_survives_a_lost_connection(page, round, live_server):
    _, second, third, _ = codes(round)
    page.goto(_url("ballot", round))
    choose(page, second)
    page.context.set_offline(True)

    line(page, third).get_by_role("button").click()
    expect(page.locator("[data-basket-notice]")).to_be_visible()
    page.context.set_offline(False)

    expect(line(page, third).get_by_role("button", name=re.compile("Remove"))).to_be_visible()
    page.goto(_url("review", round))
    assert page.locator(f"#line-{second}").count() == 1
    assert page.locator(f"#line-{third}").count() == 1


def test_nobody_is_handed_another_persons_basket(page, round, live_server):
    _, second, *_ = codes(round)
    sign_in(page, make_resident(round.authority), live_server)
    page.goto(_url("ballot", round))
    choose(page, second)

    page.context.clear_cookies()
    page.goto(_url("ballot", round))
    page.wait_for_timeout(500)

    assert page.get_by_role("button", name=re.compile("Remove")).count() == 0


@in_every_language
def test_axe_finds_nothing_on_any_page_of_the_vote(page, round, live_server, language):
    account = make_official(round.authority, Role.BUDGET_OFFICER)
    resident = make_resident(round.authority)
    first, second, *_ = codes(round)
    client = Client()
    client.force_login(resident)
    client.post(_url("basket", round), {"paper": 1, "add": second})
    code = sealing.show_code(sealing.new_code())
    client.post(_url("review", round), {"choice-1": [first], "receipt_code": code})
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )

    found = {}
    for name in ("ballot", "review", "mine", "rules", "turnout", "results"):
        page.goto(_url(name, round))
        found[name] = violations(page)
    end_voting(round)
    services.count(fresh(round))
    for name in ("ballot", "mine", "results"):
        page.goto(_url(name, round))
        found[f"{name} after the vote"] = violations(page)
    sign_in(page, account, live_server)
    for name in ("desk_ballot_styles", "desk_close"):
        page.goto(_url(name, round))
        found[name] = violations(page)

    assert {name: wrongs for name, wrongs in found.items() if wrongs} == {}


@pytest.mark.parametrize("viewport", [PHONE])
@in_every_language
def test_two_hundred_projects_fit_a_phone(page, language, live_server, transactional_db):
    round = make_vote([10_000_000 + number for number in range(201)], ballot_style={"max_choices": 10})

    page.goto(_url("ballot", round))

    assert page.locator(".pb-ballot-line").count() == 201
    assert _is_as_wide_as_its_window(page)
    # The bar stands at the window's lower edge and leaves most of the window to the list.
    bar = page.locator("#budget").bounding_box()
    assert round is not None
    assert bar["y"] + bar["height"] == PHONE["height"]
    assert bar["height"] < PHONE["height"] / 3


def test_a_cast_whose_answer_is_lost_goes_again_and_is_counted_once(page, round, live_server):
    _, second, *_ = codes(round)
    sign_in(page, make_resident(round.authority), live_server)
    page.goto(_url("ballot", round))
    choose(page, second)
    page.get_by_role("link", name="Review your ballot").click()
    unknown = page.locator("[data-cast-unknown]")

    # The ballot arrives; the answer does not.
    def lose_answer(route):
        route.fetch()
        route.abort()

    page.route("**/review/", lose_answer)
    page.get_by_role("button", name="Cast my ballot").click()
    expect(unknown).to_be_visible()
    assert BallotBox.objects.get().revision == 1
    page.unroute("**/review/")

    # No connection at all.
    page.context.set_offline(True)
    page.get_by_role("button", name="Cast my ballot").click()
    expect(unknown).to_be_visible()
    page.context.set_offline(False)

    page.get_by_role("button", name="Cast my ballot").click()
    page.wait_for_selector("h1:text('Your ballot is in the box')")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert page.title().startswith("Your ballot is in the box")
    code = page.locator("#receipt-code").inner_text()
    refs = sealing.references(sealing.read_code(code), round.slug)
    event = CastEvent.objects.get()
    assert (bytes(event.log_ref), event.kind) == (refs.log_ref, "cast")
    assert BallotBox.objects.get().revision == 1
