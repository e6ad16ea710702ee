"""Proposing, screening and reviewing in a browser: phone and desk, with script or not, in four languages."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from identity.models import Account
from identity.roles import Role
from moderation import services as moderation
from moderation.models import Case
from moderation.tasks import screen_due
from proposals import services
from proposals.lifecycle import State
from proposals.models import Proposal
from reviews.services import assign_due, find_ineligible
from rounds.models import Round
from tests.browser.axe import violations
from tests.browser.conftest import at_both_widths
from tests.factories import (
    make_area,
    make_authority,
    make_category,
    make_comment,
    make_department,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)

pytestmark = pytest.mark.django_db(transaction=True)

ROUND = "/here/here-2026/"
WHY = "Say in which park the bench should stand."

with_and_without_script = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])


@pytest.fixture
def round(transactional_db: None) -> Round:
    authority = make_authority(slug="here", name={"en": "Here-gu", "ko": "여기구"})
    make_area(authority.area, name={"en": "Yeoksam 1-dong", "ko": "역삼1동"})
    make_category(authority, name={"en": "Parks", "ko": "공원"}, department=make_department(authority))
    return make_round(authority, slug="here-2026", proposal_prefix="HERE-", notice={"en": "A trial."})


def _sign_in(page: Page, account: Account, live_server: Any) -> None:
    # The first page of a run compiles its templates, on a machine that may be busy.
    page.set_default_navigation_timeout(60_000)
    client = Client()
    client.force_login(account)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


def _is_as_wide_as_its_window(page: Page) -> bool:
    return int(page.evaluate("document.documentElement.scrollWidth")) <= int(
        page.evaluate("window.innerWidth")
    )


@at_both_widths
@with_and_without_script
def test_a_proposal_is_written_sent_back_changed_and_published(page: Page, round: Round, live_server: Any):
    author = make_resident(round.authority)
    moderator = make_official(round.authority, Role.MODERATOR)
    _sign_in(page, author, live_server)

    page.goto(ROUND)
    page.get_by_role("link", name="Write a proposal").click()
    page.get_by_label("Title").fill("A bench")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Saved. Only you can see it")).to_be_visible()

    page.get_by_role("button", name="Save and preview").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("A bench")
    page.get_by_label("Description").fill("There is nowhere to sit in the shade.")
    page.get_by_label("Category").select_option("Parks")
    page.get_by_label("Place").select_option("Yeoksam 1-dong")
    page.get_by_label("What do you think it costs?").fill("5,000,000")
    page.get_by_role("button", name="Save and preview").click()
    expect(page.get_by_role("heading", name="Check before you submit")).to_be_visible()
    assert _is_as_wide_as_its_window(page)
    page.get_by_role("button", name="Submit proposal").click()
    expect(page.get_by_text("Your proposal HERE-0001 has been submitted.")).to_be_visible()

    screen_due()
    _sign_in(page, moderator, live_server)
    page.goto("/here/desk/")
    page.get_by_role("link", name="Screening").click()
    page.get_by_role("button", name=re.compile("Take it")).click()
    page.get_by_label("Do not publish it, and give the reason").check()
    page.get_by_label("which rule does it break?").select_option("Not clear enough to review")
    page.get_by_label("Explanation for the author").fill(WHY)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Nothing is waiting.")).to_be_visible()

    _sign_in(page, author, live_server)
    page.goto(ROUND)
    page.get_by_role("link", name=re.compile("was sent back")).click()
    page.get_by_role("link", name=re.compile("Continue writing")).click()
    expect(page.get_by_text(WHY)).to_be_visible()
    page.get_by_label("Description").fill("There is nowhere to sit in the park behind the school.")
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_role("button", name="Submit proposal").click()

    screen_due()
    case = moderation.claim(Case.objects.get(closed_at=None), actor=moderator)
    moderation.decide(case, actor=moderator, outcome="publish")
    page.goto(f"{ROUND}proposals/")
    page.get_by_role("link", name="A bench").click()
    expect(page.get_by_text("Approved and published")).to_be_visible()
    assert _is_as_wide_as_its_window(page)


@with_and_without_script
def test_a_resident_supports_and_comments_and_a_reviewer_concludes(
    page: Page, round: Round, live_server: Any
):
    category = round.authority.categories.get()
    proposal = services.publish(
        make_proposal(round, code="HERE-0001", state=State.PENDING, category=category), actor=None
    )
    assign_due(round)
    _sign_in(page, make_resident(round.authority), live_server)

    page.goto(f"{ROUND}proposals/HERE-0001/")
    page.get_by_role("button", name="Support this proposal").click()
    expect(page.get_by_role("button", name="Withdraw my support")).to_be_visible()
    page.get_by_label("Your comment").fill("Shade, too.")
    page.get_by_role("button", name="Send comment").click()
    expect(page.get_by_text("Only you can see this until it has been checked.")).to_be_visible()

    assert category.department is not None
    reviewer = make_official(round.authority, Role.REVIEWER, department=category.department)
    _sign_in(page, reviewer, live_server)
    page.goto("/here/desk/reviews/")
    page.get_by_role("link", name=re.compile("^Review")).last.click()
    page.get_by_label("Feasible: within our powers").check()
    page.get_by_label("what does it cost?").fill("4,500,000")
    page.get_by_role("button", name="Complete").click()
    expect(page.get_by_text("Nothing is waiting for your department.")).to_be_visible()
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reviewed_cost_minor, proposal.n_supporters) == ("feasible", 4_500_000, 1)


@pytest.mark.parametrize("language", ["ko", "th", "vi", "en"])
def test_no_page_breaks_a_rule_of_accessibility(page: Page, round: Round, language: str, live_server: Any):
    author = make_resident(round.authority, language=language)
    category = round.authority.categories.get()
    fields: dict[str, Any] = {"author": author, "category": category}
    for number in range(25):
        make_proposal(round, category=category, language="ko", title=f"어린이공원 그늘막 {number}")
    draft = make_proposal(round, state=State.DRAFT, **fields)
    sent_back = make_proposal(round, state=State.PENDING, **fields)
    services.send_back(sent_back, actor=None, reason="unclear", explanation=WHY)
    public = services.publish(make_proposal(round, state=State.PENDING, **fields), actor=None)
    for state in ("published", "pending", "rejected"):
        make_comment(
            public,
            author=author,
            state=state,
            reason="abuse" if state == "rejected" else "",
            published_at=timezone.now(),
            text="Call 081-234-5678.",
        )
    refused = services.publish(make_proposal(round, state=State.PENDING, **fields), actor=None)
    find_ineligible(refused, actor=None, reason="operating_cost", explanation=WHY)
    screen_due()
    assign_due(round)

    def check(*addresses: str) -> list[str]:
        found = []
        for address in addresses:
            page.goto(address)
            found += [f"{address}: {violation}" for violation in violations(page)]
        return found

    _sign_in(page, author, live_server)
    found = check(
        "/here/",
        ROUND,
        f"{ROUND}proposals/",
        f"{ROUND}proposals/?q=nothing&cost_from=x",
        f"{ROUND}proposals/new/",
        f"{ROUND}proposals/mine/",
        f"{ROUND}drafts/{draft.pk}/",
        f"{ROUND}drafts/{draft.pk}/preview/",
        f"{ROUND}drafts/{sent_back.pk}/withdraw/",
        *(
            f"{ROUND}proposals/{code}/"
            for code in Proposal.objects.filter(author=author, code__isnull=False).values_list(
                "code", flat=True
            )
        ),
    )
    _sign_in(page, make_official(round.authority, Role.MODERATOR), live_server)
    case = Case.objects.get()
    page.goto(f"/here/desk/queue/{case.pk}/")
    page.locator("main form button").first.click()
    found += check("/here/desk/", "/here/desk/queue/", f"/here/desk/queue/{case.pk}/")
    assert category.department is not None
    reviewer = make_official(round.authority, Role.REVIEWER, department=category.department)
    _sign_in(page, reviewer, live_server)
    found += check("/here/desk/reviews/", f"/here/desk/reviews/{public.review.pk}/")

    assert found == []
