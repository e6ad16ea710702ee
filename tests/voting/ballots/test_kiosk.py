"""A kiosk: a device on which people vote one after the other, and which forgets each of them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from identity.models import Account
from identity.roles import Role
from rounds.models import Round
from tests.factories import make_official, make_resident
from tests.voting.votes import codes, end_voting, make_vote, voter_of
from voting.ballots import kiosks
from voting.ballots.models import BallotBox
from voting.ballots.selectors import stored_ballot

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> Round:
    return make_vote()


@pytest.fixture
def clerk(round: Round) -> Account:
    return make_official(round.authority, Role.CLERK)


@pytest.fixture
def device(round: Round, clerk: Account) -> Client:
    """A browser that a clerk has made a kiosk."""
    client = Client()
    client.force_login(clerk)
    answer = client.post(_url("desk_kiosk", round), {"action": "start"})
    assert answer["Location"] == _url("kiosk", round)
    return client


def _url(name: str, round: Round) -> str:
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug])


def _vote(device: Client, round: Round, account: Account, *chosen: str) -> str:
    """Choose, sign in, review and cast at the kiosk; return the receipt page."""
    for code in chosen:
        device.post(_url("basket", round), {"paper": 1, "add": code})
    device.force_login(account)
    review = device.get(_url("review", round)).content.decode()
    receipt = re.search(r'name="receipt_code" value="([^"]+)"', review)
    assert receipt
    posted = {"choice-1": list(chosen), "receipt_code": receipt[1]}
    answer = device.post(_url("review", round), posted)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode()


def test_a_second_voter_sees_nothing_of_the_first(device, round):
    first, second, third = codes(round)
    one, two = make_resident(round.authority), make_resident(round.authority)

    stored = _vote(device, round, one, first, second)
    receipt = re.search(r'id="receipt-code"[^>]*>([^<]+)<', stored)
    session = device.cookies["sessionid"].value
    ended = device.post(_url("kiosk_finish", round))

    assert "Your ballot is in the box" in stored
    assert receipt
    assert ended["Location"] == _url("kiosk", round)
    assert ended["Clear-Site-Data"] == '"cache", "storage"'
    left = {name for name, morsel in device.cookies.items() if morsel.value}
    assert left <= {"kiosk", "csrftoken"}
    for name in ("kiosk", "ballot", "review", "mine"):
        page = device.get(_url(name, round), follow=True)
        text = page.content.decode()
        assert page["Cache-Control"] == "no-store"
        assert receipt[1] not in text
        assert one.email not in text
        assert 'name="remove"' not in text
        assert "Your ballot is in the box" not in text
    # Not even with the first voter's session cookie, which the browser no longer has.
    thief = Client()
    thief.cookies["sessionid"] = session
    assert thief.get(_url("mine", round)).status_code == 302
    _vote(device, round, two, third)
    voters = [voter_of(round, account) for account in (one, two)]
    chosen = [stored_ballot(round, voter.key, voter.tag).choices for voter in voters]
    assert chosen == [{1: sorted([first, second])}, {1: [third]}]
    assert BallotBox.objects.count() == 2


def test_a_basket_that_was_left_behind_is_gone_with_the_turn(device, round):
    first, *_ = codes(round)
    device.post(_url("basket", round), {"paper": 1, "add": first})
    assert 'name="remove"' in device.get(_url("ballot", round)).content.decode()

    device.post(_url("kiosk_finish", round))

    assert 'name="remove"' not in device.get(_url("ballot", round)).content.decode()


def test_pages_of_a_kiosk_count_down_and_offer_to_end_the_turn_without_script(device, round):
    page = device.get(_url("ballot", round)).content.decode()
    greeting = device.get(_url("kiosk", round)).content.decode()

    assert 'data-wait="90"' in page
    assert f'action="{_url("kiosk_finish", round)}"' in page
    assert 'class="pb-kiosk"' in page
    assert "data-greeting" in greeting
    assert "data-greeting" not in page
    assert "js/kiosk" in page
    ordinary = Client().get(_url("ballot", round)).content.decode()
    assert "kiosk" not in ordinary


def test_without_script_a_session_ends_ten_minutes_after_the_last_page(device, round):
    account = make_resident(round.authority)
    device.force_login(account)

    device.get(_url("ballot", round))

    assert device.session.get_expiry_age() <= kiosks.SESSION_SECONDS


def test_a_kiosk_shows_its_round_alone(device, round):
    other = make_vote(authority=round.authority)

    for address in ("/", f"/{round.authority.slug}/", _url("ballot", other), _url("results", other)):
        answer = device.get(address)
        assert (answer.status_code, answer["Location"]) == (302, _url("kiosk", round)), address
    assert device.get("/accounts/login/").status_code == 200


def test_only_a_clerk_makes_a_device_a_kiosk_and_is_signed_out_by_it(device, round, clerk):
    officer = Client()
    officer.force_login(make_official(round.authority, Role.BUDGET_OFFICER))

    assert officer.post(_url("desk_kiosk", round), {"action": "start"}).status_code == 403
    assert device.get(_url("desk_kiosk", round)).status_code == 302
    event = Event.objects.get(action=Action.KIOSK_STARTED)
    assert event.actor == clerk


def test_a_clerk_who_signs_in_ends_it_and_a_voter_cannot(device, round, clerk):
    device.force_login(make_resident(round.authority))
    assert device.post(_url("desk_kiosk", round), {"action": "end"}).status_code == 404
    assert device.get("/").status_code == 302
    device.force_login(clerk)

    device.post(_url("desk_kiosk", round), {"action": "end"})

    assert device.get("/").status_code == 200
    assert Event.objects.filter(action=Action.KIOSK_ENDED).count() == 1


def test_a_kiosk_ends_with_the_vote(device, round, time_machine):
    ends_at = round.phases.get(kind="voting").closes_at

    assert device.get("/").status_code == 302
    time_machine.move_to(ends_at + timedelta(seconds=1))
    assert device.get("/").status_code == 200


def test_a_kiosk_is_not_begun_after_the_vote(round, clerk):
    end_voting(round)
    late = Client()
    late.force_login(clerk)
    answer = late.post(_url("desk_kiosk", round), {"action": "start"})
    assert answer.status_code == 422
    assert "kiosk" not in late.cookies


@pytest.mark.parametrize("cookie", ["", "x", "WyJhIiwiYiIsOTk5OTk5OTk5OV0:1abc:forged"])
def test_a_cookie_that_was_not_signed_here_makes_no_kiosk(round, cookie):
    client = Client()
    client.cookies["kiosk"] = cookie

    assert client.get("/").status_code == 200
    assert kiosks.read(cookie, now=timezone.now()) is None


def test_what_a_kiosk_knows_of_itself_comes_back_from_its_cookie():
    now = timezone.now().replace(microsecond=0)
    kiosk = kiosks.Kiosk("here", "round", now)

    assert kiosks.read(kiosk.cookie, now=now - timedelta(seconds=1)) == kiosk
    assert kiosks.read(kiosk.cookie, now=now) is None


def test_ending_a_turn_twice_or_from_an_old_page_ends_at_the_greeting(round, clerk):
    device = Client(enforce_csrf_checks=True)
    device.cookies[kiosks.COOKIE] = kiosks.Kiosk(
        round.authority.slug, round.slug, timezone.now() + timedelta(hours=1)
    ).cookie
    for _ in range(2):
        ended = device.post(_url("kiosk_finish", round))
        assert ended.status_code == 302
        assert ended["Location"] == _url("kiosk", round)


def test_another_site_can_neither_end_a_session_nor_clear_what_a_voters_own_browser_keeps(round):
    voter = make_resident(round.authority)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(voter)

    answer = browser.post(_url("kiosk_finish", round), headers={"origin": "https://elsewhere.example"})

    assert answer.status_code == 403
    assert "Clear-Site-Data" not in answer
    assert browser.session["_auth_user_id"] == str(voter.pk)


def test_the_sign_of_a_kiosk_is_not_sent_along_from_another_site(device):
    sign = device.cookies[kiosks.COOKIE]

    assert sign["samesite"] == "Lax"
    assert sign["httponly"]
