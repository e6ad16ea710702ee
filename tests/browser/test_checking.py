"""Checking a ballot by its receipt code, in the browser and without script."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from identity.roles import Role
from rounds.models import Round
from tests.browser.axe import violations
from tests.browser.conftest import at_both_widths
from tests.browser.voters import choose, sign_in
from tests.factories import make_official, make_resident
from tests.voting.votes import cast_by, codes, end_voting, make_vote, triggers_asleep, voter_of
from voting.ballots import sealing
from voting.ballots import services as ballots_services
from voting.ballots.models import CastEvent
from voting.counting import services as counting_services
from voting.polls.models import Approval

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def round(transactional_db: None) -> Round:
    return make_vote(costs=(600, 300, 300))


def _url(name: str, round: Round) -> str:
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug])


def _publish(round: Round) -> None:
    counting_services.count(end_voting(round))
    officials = [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]
    for step in (Approval.Stage.CERTIFY, Approval.Stage.PUBLISH):
        for official in officials:
            counting_services.approve(round, step, actor=official)


def _said(page: Page) -> list[str]:
    expect(page.locator("#outcome")).to_be_visible()
    return page.locator("[data-said]:visible").evaluate_all("found => found.map(one => one.dataset.said)")


def _check(page: Page, code: str) -> list[str]:
    page.get_by_label("Receipt code").fill(code)
    with page.expect_response(re.compile("/inclusion/")):
        page.get_by_role("button", name="Check").click()
    page.wait_for_load_state("networkidle")
    return _said(page)


@at_both_widths
def test_a_code_is_checked_in_the_browser_and_never_leaves_it(page, round, live_server):
    first, _second, third = codes(round)
    code = sealing.new_code()
    cast_by(voter_of(round), first, third, code=code)
    shown = sealing.show_code(code)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))

    page.goto(_url("check", round))
    empty_axe = violations(page)
    waiting = _check(page, shown)
    _publish(round)
    page.goto(_url("log", round))
    log_axe = violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto(f"{_url('check', round)}#{shown}")
    expect(page.locator("#counted li")).to_have_count(2)
    counted = _said(page)

    assert waiting == ["waiting"]
    assert counted == ["included", "signed", "counted"]
    assert f"({first})" in page.locator("#counted").inner_text()
    assert f"({third})" in page.locator("#counted").inner_text()
    # Neither asked with, nor left in the address bar.
    assert [line for line in sent if shown in line or shown.replace("-", "") in line] == []
    assert page.url.endswith("/check/")
    assert (empty_axe, log_axe, violations(page)) == ([], [], [])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert _check(page, sealing.show_code(sealing.new_code())) == ["unknown"]


def test_the_browser_notices_an_entry_that_does_not_lead_to_the_checkpoint(page, round, live_server):
    code = sealing.new_code()
    cast_by(voter_of(round), codes(round)[0], code=code)
    for _ in range(6):
        cast_by(voter_of(round), codes(round)[1])
    _publish(round)
    page.goto(_url("check", round))
    honest = _check(page, sealing.show_code(code))

    with triggers_asleep():
        CastEvent.objects.filter(log_ref=sealing.references(code, round.slug).log_ref).update(kind="replace")

    assert honest == ["included", "signed", "counted"]
    assert _check(page, sealing.show_code(code)) == ["not-included", "signed", "counted"]


def test_the_browser_verifies_that_a_ballot_was_withdrawn(page, round, live_server):
    code, account = sealing.new_code(), make_resident(round.authority)
    cast_by(voter_of(round, account), codes(round)[0], code=code)
    for _ in range(6):
        cast_by(voter_of(round), codes(round)[1])
    ballots_services.withdraw_ballots(account)
    end_voting(round)
    counting_services.count(round)
    page.goto(_url("check", round))
    before = _check(page, sealing.show_code(code))
    _publish(round)
    page.goto(_url("check", round))
    honest = _check(page, sealing.show_code(code))
    axe = violations(page)

    with triggers_asleep():
        CastEvent.objects.withdrawals().update(commitment=b"x" * 32)

    assert before == honest == ["included", "signed", "withdrawn"]
    assert axe == []
    assert _check(page, sealing.show_code(code)) == ["not-included", "signed"]


def test_the_receipt_leads_to_the_check_with_the_code_behind_the_sign(page, round, live_server):
    sign_in(page, make_resident(round.authority), live_server)
    page.goto(_url("ballot", round))
    choose(page, codes(round)[0])
    page.get_by_role("link", name="Review your ballot").click()
    page.get_by_role("button", name="Cast my ballot").click()
    page.wait_for_selector("text=Your ballot is in the box")

    with page.expect_response(re.compile("/inclusion/")):
        page.get_by_role("link", name="Check my ballot").click()
    expect(page.locator("[data-said='waiting']")).to_be_visible()

    assert _said(page) == ["waiting"]


@pytest.mark.parametrize("script", [False])
def test_without_script_the_server_checks_and_says_so(page, round, live_server):
    code = sealing.new_code()
    cast_by(voter_of(round), codes(round)[0], code=code)
    _publish(round)

    page.goto(_url("check", round))
    expect(page.get_by_text("the code is sent to the server")).to_be_visible()
    page.get_by_label("Receipt code").fill(sealing.show_code(code))
    page.get_by_role("button", name="Check").click()

    expect(page.get_by_text("It was counted exactly as you chose:")).to_be_visible()
    expect(page.get_by_text("The server has checked this")).to_be_visible()
    expect(page.get_by_text("No log entry belongs to this code.")).to_be_hidden()
    assert page.url.endswith("/check/")
