"""Pages that are read, and the pages of one's account: nothing axe finds, in four languages, on a phone."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from identity.models import Account
from identity.roles import Role
from reports.services import take_snapshot
from rounds.models import Round
from tests.browser.axe import violations
from tests.browser.conftest import PHONE
from tests.factories import make_official, make_resident
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, voter_of
from voting.counting import services
from voting.polls.models import Approval

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("viewport", [PHONE], ids=["phone"]),
    pytest.mark.parametrize("language", ["ko", "th", "vi", "en"]),
]


@pytest.fixture
def officers(round: Round) -> tuple[Account, Account]:
    """The two who certify: they may also publish and grant."""
    return (
        make_official(round.authority, Role.BUDGET_OFFICER),
        make_official(round.authority, Role.AUTHORITY_ADMIN),
    )


@pytest.fixture
def round(transactional_db: None) -> Round:
    return make_vote((60_000_000, 30_000_000, 25_000_000), budget_minor=100_000_000)


@pytest.fixture
def reported(round: Round, officers: tuple[Account, Account]) -> Round:
    """The round, voted on, counted, certified, its ballots published and the figures reported."""
    first, second, _ = codes(round)
    cast_by(voter_of(round), first, second)
    end_voting(round)
    services.count(fresh(round))
    for officer in officers:
        services.certify(fresh(round), actor=officer)
    for officer in officers:
        services.approve(fresh(round), Approval.Stage.PUBLISH, actor=officer)
    take_snapshot(round, actor=officers[0])
    return round


def _sign_in(page: Page, account: Account, live_server: Any) -> None:
    client = Client()
    client.force_login(account)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def _wrongs(page: Page, *addresses: str) -> dict[str, list[str]]:
    """Axe findings at each address, and pages wider than the phone; good pages are left out."""
    found = {}
    for address in addresses:
        response = page.goto(address)
        assert response is not None
        assert response.status == 200, address
        wrongs = violations(page)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrongs.append("wider than its window")
        if wrongs:
            found[address] = wrongs
    return found


def test_the_pages_of_a_decided_round_are_accessible(page, reported, officers, live_server):
    here = f"/{reported.authority.slug}"
    there = f"{here}/{reported.slug}"

    as_visitor = _wrongs(
        page, "/", f"{here}/", f"{there}/", f"{there}/proposals/", f"{there}/results/", f"{there}/report/"
    )
    _sign_in(page, officers[0], live_server)
    as_officer = _wrongs(page, f"{there}/report/", f"{there}/report/adopted/", f"{here}/desk/")

    assert as_visitor | as_officer == {}


def test_the_pages_of_an_account_are_accessible(page, round, officers, live_server):
    here = f"/{round.authority.slug}"

    as_visitor = _wrongs(page, "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
    _sign_in(page, make_resident(round.authority), live_server)
    as_resident = _wrongs(page, "/accounts/me/", f"{here}/verify/", f"{here}/verify/help/")

    assert as_visitor | as_resident == {}
