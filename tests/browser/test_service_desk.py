"""Writing down at the service desk: pages are whole at a phone's and a desk's width, and clean for axe."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from identity.roles import Role
from identity.verification import services as identity
from identity.verification.models import Identity, VerificationRoute
from proposals import services
from rounds.models import Residency
from tests.browser.axe import violations
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_authority, make_category, make_official, make_proposal, make_round

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("language", ["ko", "th", "vi", "en"])
def test_from_finding_the_person_to_the_slip_every_page_is_whole_and_clean(
    page: Page, live_server: Any, language: str
):
    authority = make_authority(slug="gangnam")
    round = make_round(authority, slug="gangnam-2026")
    clerk = make_official(authority, Role.CLERK, language=language)
    identity.set_up_route(authority, VerificationRoute.Method.DESK, actor=None, assurance=2)
    person = identity.verify_in_person(
        authority,
        kind=Identity.Kind.DOCUMENT,
        typed="M 4455 6677",
        account=None,
        residency=Residency.RESIDENT,
        area=authority.area,
        age_group="65+",
        actor=clerk,
    )
    category = make_category(authority)
    written = services.submit_comment_on_behalf(
        make_proposal(round),
        person,
        actor=clerk,
        agreed=services.Agreement("spoken", contact="12 Example Street"),
        text="There is nowhere to sit.",
        language="en",
    )
    services.reject_comment(written, actor=None, reason="unclear", explanation="Say where it should stand.")
    client = Client()
    client.force_login(clerk)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    faults: dict[str, list[str]] = {}

    def look(name: str) -> None:
        for size in (PHONE, DESK):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            found = violations(page)
            if wide > 0 or found:
                faults[f"{name} at {size['width']}"] = [f"{wide} px too wide", *found[:4]]

    page.goto("/gangnam/desk/person/")
    look("find")
    page.locator("main [name=kind][value=document]").check()
    page.locator("main [name=typed]").fill("M 4455 6677")
    page.locator("main button.govuk-button").click()
    page.wait_for_url("**/gangnam/desk/assist/")
    look("desk")
    page.goto("/gangnam/desk/assist/gangnam-2026/comment/")
    look("comment")
    page.goto("/gangnam/desk/assist/gangnam-2026/proposal/")
    page.locator("main form button.govuk-button").last.click()
    page.locator(".govuk-error-summary, .pb-error-summary").first.wait_for()
    look("refused")
    page.locator("main [name=title]").fill("A bench by the stop")
    page.locator("main [name=body]").fill("Old people wait there standing.")
    page.locator("main [name=category]").select_option(str(category.pk))
    page.locator("main [name=requested_cost_minor]").fill("3,000,000")
    page.locator("main [name=how][value=spoken]").check()
    page.locator("main [name=is_read_back]").check()
    page.locator("main form button.govuk-button").last.click()
    page.wait_for_url("**/gangnam/desk/assist/texts/*/")
    look("slip")
    answer = page.goto(f"/gangnam/desk/assist/texts/{written.assisted_submission_id}/")
    assert answer is not None
    assert answer.status == 200
    look("slip of an answer")

    assert round.proposals.filter(channel="assisted", state="pending").count() == 1
    assert faults == {}
