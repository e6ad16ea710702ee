"""Nothing is smaller than a reader of 78 can read and a finger can meet, on a phone, in four languages."""

import pytest
from playwright.sync_api import Page

from identity.roles import Role
from reports.services import take_snapshot
from rounds.models import Round
from tests.browser.conftest import PHONE
from tests.browser.voters import sign_in
from tests.factories import make_official, make_proposal
from tests.reports.test_votes import certify
from tests.voting.votes import cast_by, codes, make_vote, voter_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("viewport", [PHONE], ids=["phone"]),
    pytest.mark.parametrize("language", ["ko", "th", "vi", "en"]),
]

# Text under 16 px; and buttons, fields and links of the frame lower than 44 px, fractions of one aside.
SMALL = """() => {
  const seen = (e) => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && getComputedStyle(e).visibility === "visible";
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (texts.currentNode.textContent.trim() && seen(e) && parseFloat(getComputedStyle(e).fontSize) < 16) {
      found.push(`text ${e.tagName} ${e.className}`);
    }
  }
  const targets = "button, summary, select, .govuk-button, .govuk-input, .govuk-textarea, .pb-utility a, "
    + ".pb-navigation a, .pb-footer li a, .pb-actions > a";
  for (const e of document.querySelectorAll(targets)) {
    if (seen(e) && e.getBoundingClientRect().height < 43.5) {
      found.push(`target ${e.tagName} ${e.className} ${e.getBoundingClientRect().height}`);
    }
  }
  return [...new Set(found)];
}"""
# Cells that reach beyond the window, in a frame that hides it. Heads of stacked tables are never seen.
CUT_OFF = """() => [...document.querySelectorAll("main td, main tbody th, main dd")]
  .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1)
  .map((e) => e.textContent.trim())"""
ROWS = "() => new Set([...document.querySelectorAll('.pb-navigation li')].map((e) => e.offsetTop)).size"


@pytest.fixture
def round(transactional_db: None) -> Round:
    round = make_vote((60_000_000, 30_000_000), budget_minor=100_000_000)
    make_proposal(round)
    return round


def test_text_is_readable_and_what_is_pressed_is_large_enough(page: Page, round: Round):
    here = f"/{round.authority.slug}/{round.slug}"
    found = {}

    for path in (
        "/",
        f"{here}/",
        f"{here}/proposals/",
        f"{here}/ballot/",
        f"{here}/check/",
        "/accounts/login/",
    ):
        page.goto(path)
        if small := page.evaluate(SMALL):
            found[path] = small

    assert found == {}


def test_the_words_to_go_by_stand_in_one_row_for_an_official_too(
    page: Page, round: Round, live_server, language
):
    page.goto(f"/{round.authority.slug}/{round.slug}/")
    as_visitor = page.evaluate(ROWS)
    sign_in(page, make_official(round.authority, Role.CLERK), live_server)
    page.goto(f"/{round.authority.slug}/{round.slug}/")
    as_official = page.evaluate(ROWS)

    # The fifth word of Vietnamese is a sentence of three, and has a row of its own.
    assert (as_visitor, as_official) == (1, 2 if language == "vi" else 1)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_no_figure_of_the_result_or_the_report_is_cut_off(page: Page, round: Round):
    cast_by(voter_of(round), codes(round)[0])
    round = certify(round)
    take_snapshot(round, actor=None)
    here = f"/{round.authority.slug}/{round.slug}"

    for path in (f"{here}/results/", f"{here}/report/"):
        page.goto(path)
        assert page.locator("main dd, main td").count() > 5
        assert page.evaluate(CUT_OFF) == [], path
