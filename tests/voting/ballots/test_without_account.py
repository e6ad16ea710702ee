"""Voting without an account: verify, cast, and leave nothing behind except the ballot."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from identity.models import Account
from identity.verification import services as identity
from identity.verification.exceptions import AssuranceTooLow, TooYoung
from identity.verification.models import Challenge, Person, VerificationRoute
from rounds.models import Act, Entitlement, Residency
from tests.factories import make_account, make_resident
from tests.faults.test_casting_races import at_once
from tests.identity.peers import Phones
from tests.voting.pages import add, cast
from tests.voting.visitors import (
    ask_for_code,
    at,
    give_pass,
    open_round,
    review_page,
    review_page_with,
    sent_code,
    verify,
)
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, voter_of
from voting.ballots import services
from voting.ballots.exceptions import AccountNeeded
from voting.ballots.models import BallotBox, CastEvent
from voting.ballots.selectors import stored_ballot
from voting.polls.models import RuleSet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("phones")]
Method = VerificationRoute.Method


def test_choose_verify_cast_done_and_nothing_is_left_but_the_ballot():
    round, client = open_round(), Client()
    first, second, _ = codes(round)
    before = Account.objects.count()
    add(client, round, first)
    add(client, round, second)
    assert "Confirm who you are and cast" in review_page(client, round)

    verify(client, round)
    page = review_page(client, round)
    # The earlier selection is still there: it is in the form that casts.
    assert all(f'name="choice-1" value="{code}"' in page for code in (first, second))
    answer = cast(client, round, first, second)

    assert answer.status_code == 200
    assert "Your ballot is in the box" in answer.content.decode()
    person = Person.objects.get()
    assert (person.account, person.residency, person.assurance) == (None, "resident", 1)
    ballot = BallotBox.objects.get()
    voter = services.voter_without_account(round, person, now=timezone.now(), channel="web")
    assert bytes(ballot.voter_tag) == voter.tag
    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [first, second]}
    assert Account.objects.count() == before
    assert (Session.objects.count(), Challenge.objects.count()) == (0, 0)
    assert client.cookies["sessionid"].value == ""


def test_a_round_that_does_not_allow_it_shows_no_way_and_refuses_a_pass():
    round, client = open_round(without_account=False), Client()
    person = Person.objects.create(
        authority=round.authority,
        residency="resident",
        area=round.authority.area,
        age_group="35-49",
        assurance=3,
        verified_at=timezone.now(),
    )
    session = give_pass(round, person, assurance=3)
    session.save()
    client.cookies["sessionid"] = session.session_key

    answer = client.post(at(round, "ballot/review/"), {"choice-1": codes(round)[0]})

    assert client.get(at(round, "verify/")).status_code == 404
    assert answer.url.startswith("/accounts/login/")
    with pytest.raises(AccountNeeded):
        services.voter_without_account(round, person, now=timezone.now(), channel="web")
    assert not BallotBox.objects.exists()


def test_before_and_after_the_vote_nobody_is_asked_who_they_are():
    round, client = open_round(), Client()
    assert client.get(at(round, "verify/")).status_code == 200

    end_voting(round)

    assert client.get(at(round, "verify/")).status_code == 404
    assert ask_for_code(client, round).status_code == 404
    assert Phones.texts == []


def test_one_person_has_one_ballot_with_and_without_an_account():
    round, client = open_round(), Client()
    first, second, _ = codes(round)
    account = make_account()
    route = VerificationRoute.objects.get()
    identity.send_code(
        route,
        account,
        phone="+82 10 5555 0101",
        residency=Residency.RESIDENT,
        area=round.authority.area,
        age_group="35-49",
    )
    identity.enter_code(route, account, code=sent_code())
    cast_by(voter_of(round, account), first)

    verify(client, round)
    assert "Replace my ballot" in review_page_with(client, round, second)
    answer = cast(client, round, second)

    assert answer.status_code == 200
    assert Person.objects.get().account == account
    assert BallotBox.objects.get().revision == 2
    assert list(CastEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["cast", "replace"]
    voter = voter_of(round, account)
    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [second]}


@pytest.mark.django_db(transaction=True)
def test_both_routes_at_once_leave_one_ballot():
    round = open_round()
    first, second, _ = codes(round)
    account = make_resident(round.authority)
    person = Person.objects.get(account=account)
    with_account = voter_of(round, account)
    without = services.voter_without_account(round, person, now=timezone.now(), channel="web")

    results = at_once(
        [lambda: cast_by(with_account, first), lambda: cast_by(without, second)] * 10,
    )

    assert [type(result).__name__ for result in results] == ["Cast"] * 20
    assert sorted(result.kind for result in results) == ["cast"] + ["replace"] * 19
    assert BallotBox.objects.get().revision == 20


def test_a_pass_casts_one_ballot_and_its_cookie_is_worth_nothing_afterwards():
    round, client = open_round(), Client()
    first, second, _ = codes(round)
    verify(client, round)
    kept = client.cookies["sessionid"].value
    assert cast(client, round, first).status_code == 200

    client.cookies["sessionid"] = kept
    answer = cast(client, round, second)

    assert (answer.status_code, answer.url) == (302, at(round, "verify/"))
    assert BallotBox.objects.get().revision == 1


def test_the_same_post_twice_is_a_replay_as_long_as_the_first_answer_is_on_its_way():
    """A double click: the second request reads its session before the first one ends it."""
    round, client = open_round(), Client()
    (first, *_) = codes(round)
    verify(client, round)
    receipt = re.search(r'name="receipt_code" value="([^"]+)"', review_page_with(client, round, first))[1]
    row = Session.objects.get()

    posted = {"choice-1": [first], "receipt_code": receipt}
    one = client.post(at(round, "ballot/review/"), posted)
    row.save(force_insert=True)
    client.cookies["sessionid"] = row.session_key
    two = client.post(at(round, "ballot/review/"), posted)

    def signed(answer):
        return re.search(r"Ed25519 signature: (\w+)", answer.content.decode())[1]

    assert (one.status_code, two.status_code) == (200, 200)
    assert signed(one) == signed(two)
    assert (BallotBox.objects.get().revision, Session.objects.count()) == (1, 0)


def test_whoever_shows_less_than_they_once_did_may_do_no_more_than_what_they_show_allows():
    round = open_round()
    person = Person.objects.get(account=make_resident(round.authority))
    Person.objects.filter(pk=person.pk).update(assurance=3)
    demanding = make_vote(freeze=False, authority=round.authority)
    RuleSet.objects.filter(round=demanding).update(without_account=True)
    Entitlement.objects.filter(round=demanding, act=Act.VOTE).update(assurance=2)
    services.freeze_rules(demanding, actor=None)
    demanding, now = fresh(demanding), timezone.now()

    shown = {
        level: identity.holder_of_pass(
            give_pass(demanding, person, assurance=level), demanding, Act.VOTE, now=now
        )
        for level in (1, 2)
    }

    assert services.voter_without_account(demanding, shown[2], now=now, channel="web").person_id == str(
        person.pk
    )
    with pytest.raises(AssuranceTooLow):
        services.voter_without_account(demanding, shown[1], now=now, channel="web")


def test_a_round_that_asks_for_an_age_asks_visitors_too():
    round = make_vote(freeze=False)
    RuleSet.objects.filter(round=round).update(without_account=True)
    Entitlement.objects.filter(round=round, act=Act.VOTE).update(from_age=19)
    services.freeze_rules(round, actor=None)
    identity.set_up_route(round.authority, Method.PHONE, actor=None, assurance=1)
    round, client = fresh(round), Client()
    target = ask_for_code(client, round, age_group="14-18").url
    client.post(target, {"code": sent_code()})

    page = review_page_with(client, round, codes(round)[0])
    answer = cast(client, round, codes(round)[0])

    assert str(TooYoung.message) % {"from_age": 19} in page
    assert answer.status_code == 422
    assert not BallotBox.objects.exists()


def test_whoever_has_signed_in_goes_the_way_of_accounts(client):
    round = open_round()
    client.force_login(make_resident(round.authority))

    answer = client.get(at(round, "verify/"))

    assert answer.url == f"/{round.authority.slug}/verify/?next={at(round, 'ballot/review/')}"


def test_the_choice_is_frozen_with_the_rules_and_the_database_refuses_another():
    round = open_round()

    assert '"without_account":true' in round.poll.rules
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        RuleSet.objects.filter(round=round).update(without_account=False)
