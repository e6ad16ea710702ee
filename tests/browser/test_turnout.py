"""Turnout in one browser while somebody votes in another."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from rounds.models import Round
from tests.browser.conftest import at_both_widths
from tests.browser.voters import cast, choose, sign_in
from tests.factories import make_resident
from tests.voting.votes import codes, make_vote
from voting.ballots.models import BallotBox
from voting.polls.models import Project

pytestmark = pytest.mark.django_db(transaction=True)


def _url(name: str, round: Round) -> str:
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug])


@at_both_widths
def test_a_ballot_cast_in_one_browser_is_seen_in_another_within_ten_seconds_without_a_reload(
    page: Page, browser: Browser, browser_context_args, live_server, transactional_db
):
    round = make_vote()
    chosen = codes(round)[0]
    answers: list[str] = []
    watching = browser.new_context(**browser_context_args)
    try:
        watcher = watching.new_page()
        # The watcher's own clock: seconds pass for the page when the test says so, however slow the machine.
        watcher.clock.install()
        watcher.goto(_url("turnout", round))
        watcher.evaluate("window.isTheSamePage = true")
        watcher.on("response", lambda answer: answers.append(answer.url))
        expect(watcher.locator(".pb-figure__value")).to_have_text("0")

        sign_in(page, make_resident(round.authority), live_server)
        page.goto(_url("ballot", round))
        choose(page, chosen)
        cast(page)
        assert BallotBox.objects.count() == 1

        watcher.clock.run_for(10_000)

        expect(watcher.locator(".pb-figure__value")).to_have_text("1", timeout=15_000)
        assert watcher.evaluate("window.isTheSamePage")
        # The tab's icon may come late.
        asked = {url.removeprefix(live_server.url) for url in answers if "/static/" not in url}
        assert asked == {_url("turnout", round)}
        seen = watcher.content() + watcher.request.get(_url("turnout_data", round)).text()
        for project in Project.objects.filter(ballot_style__round=round):
            assert project.code not in seen
            assert project.title["en"] not in seen
    finally:
        watching.close()
