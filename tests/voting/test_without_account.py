"""Voting without an account: show who one is, cast, and leave nothing behind but the ballot."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from identity import registers
from identity import services as identity
from identity.exceptions import AssuranceTooLow, CodeNotAccepted, TooManyCodes, TooYoung
from identity.models import Account, Challenge, Person, RegisterEntry, VerificationRoute
from identity.sessions import SessionStore
from rounds.models import Act, Entitlement, Participation, RuleSet
from tests.factories import make_account, make_resident
from tests.faults.test_casting_races import at_once
from tests.identity.peers import Phones, crooked_provider
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, voter_of
from voting import sealing, services
from voting.exceptions import AccountNeeded
from voting.models import BallotBox, CastEvent
from voting.selectors import stored_ballot

pytestmark = pytest.mark.django_db
Method = VerificationRoute.Method
PHONE = "010-5555-0101"


@pytest.fixture(autouse=True)
def phones(settings):
    settings.SMS_GATEWAY = "tests.identity.peers.Phones"
    Phones.texts.clear()
    Phones.is_down = False
    return Phones


def _open(without_account=True, **fields):
    """A round in its vote whose authority verifies phones."""
    round = make_vote(freeze=False, **fields)
    RuleSet.objects.filter(round=round).update(without_account=without_account)
    services.freeze_rules(round, actor=None)
    identity.set_up_route(round.authority, Method.PHONE, actor=None, assurance=1, valid_days=365)
    return fresh(round)


def _at(round, page):
    return f"/{round.authority.slug}/{round.slug}/{page}"


def _code():
    return re.search(r"\d{6}", Phones.texts[-1][1])[0]


def _ask_for_code(client, round, phone=PHONE, **typed):
    return client.post(
        _at(round, "verify/"),
        {
            "participation": "resident",
            "area": str(round.authority.area.pk),
            "age_group": "35-49",
            "phone": phone,
            **typed,
        },
    )


def _verify(client, round, phone=PHONE):
    target = _ask_for_code(client, round, phone).url
    answer = client.post(target, {"code": _code()})
    assert (answer.status_code, answer.url) == (302, _at(round, "ballot/review/"))


def _choose(client, round, code):
    client.post(_at(round, "ballot/basket/"), {"paper": "1", "add": code})


def _cast(client, round, *chosen):
    posted = {"choice-1": list(chosen), "receipt_code": sealing.show_code(sealing.new_code())}
    return client.post(_at(round, "ballot/review/"), posted)


def _page(client, round):
    return client.get(_at(round, "ballot/review/")).content.decode()


def _pass(round, person, assurance=1, act=Act.VOTE):
    session = SessionStore()
    session.create()
    identity.give_pass(session, round, act, person=person, assurance=assurance, now=timezone.now())
    return session


def test_choose_verify_cast_done_and_nothing_is_left_but_the_ballot():
    round, client = _open(), Client()
    first, second, _ = codes(round)
    before = Account.objects.count()
    _choose(client, round, first)
    _choose(client, round, second)
    assert "Confirm who you are and cast" in _page(client, round)

    _verify(client, round)
    page = _page(client, round)
    # What was chosen before is still there: it is in the form that casts.
    assert all(f'name="choice-1" value="{code}"' in page for code in (first, second))
    answer = _cast(client, round, first, second)

    assert answer.status_code == 200
    assert "Your ballot is in the box" in answer.content.decode()
    person = Person.objects.get()
    assert (person.account, person.participation, person.assurance) == (None, "resident", 1)
    ballot = BallotBox.objects.get()
    voter = services.voter_without_account(round, person, now=timezone.now(), channel="web")
    assert bytes(ballot.voter_tag) == voter.tag
    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [first, second]}
    assert Account.objects.count() == before
    assert (Session.objects.count(), Challenge.objects.count()) == (0, 0)
    assert client.cookies["sessionid"].value == ""


def test_a_round_that_does_not_allow_it_shows_no_way_and_refuses_a_pass():
    round, client = _open(without_account=False), Client()
    person = Person.objects.create(
        authority=round.authority,
        participation="resident",
        area=round.authority.area,
        age_group="35-49",
        assurance=3,
        verified_at=timezone.now(),
    )
    session = _pass(round, person, assurance=3)
    session.save()
    client.cookies["sessionid"] = session.session_key

    answer = client.post(_at(round, "ballot/review/"), {"choice-1": codes(round)[0]})

    assert client.get(_at(round, "verify/")).status_code == 404
    assert answer.url.startswith("/accounts/login/")
    with pytest.raises(AccountNeeded):
        services.voter_without_account(round, person, now=timezone.now(), channel="web")
    assert not BallotBox.objects.exists()


def test_before_and_after_the_vote_nobody_is_asked_who_they_are():
    round, client = _open(), Client()
    assert client.get(_at(round, "verify/")).status_code == 200

    end_voting(round)

    assert client.get(_at(round, "verify/")).status_code == 404
    assert _ask_for_code(client, round).status_code == 404
    assert Phones.texts == []


def test_one_person_has_one_ballot_with_and_without_an_account():
    round, client = _open(), Client()
    first, second, _ = codes(round)
    account = make_account()
    route = VerificationRoute.objects.get()
    identity.send_code(
        route,
        account,
        phone="+82 10 5555 0101",
        participation=Participation.RESIDENT,
        area=round.authority.area,
        age_group="35-49",
    )
    identity.enter_code(route, account, code=_code())
    cast_by(voter_of(round, account), first)

    _verify(client, round)
    assert "Replace my ballot" in _page_with(client, round, second)
    answer = _cast(client, round, second)

    assert answer.status_code == 200
    assert Person.objects.get().account == account
    assert BallotBox.objects.get().revision == 2
    assert list(CastEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["cast", "replace"]
    voter = voter_of(round, account)
    assert stored_ballot(round, voter.key, voter.tag).choices == {1: [second]}


def _page_with(client, round, code):
    _choose(client, round, code)
    return _page(client, round)


@pytest.mark.django_db(transaction=True)
def test_both_routes_at_once_leave_one_ballot():
    round = _open()
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
    round, client = _open(), Client()
    first, second, _ = codes(round)
    _verify(client, round)
    kept = client.cookies["sessionid"].value
    assert _cast(client, round, first).status_code == 200

    client.cookies["sessionid"] = kept
    answer = _cast(client, round, second)

    assert (answer.status_code, answer.url) == (302, _at(round, "verify/"))
    assert BallotBox.objects.get().revision == 1


def test_the_same_post_twice_is_a_replay_as_long_as_the_first_answer_is_on_its_way():
    """A double click: the second request has read its session before the first one ended it."""
    round, client = _open(), Client()
    (first, *_) = codes(round)
    _verify(client, round)
    receipt = re.search(r'name="receipt_code" value="([^"]+)"', _page_with(client, round, first))[1]
    row = Session.objects.get()

    posted = {"choice-1": [first], "receipt_code": receipt}
    one = client.post(_at(round, "ballot/review/"), posted)
    row.save(force_insert=True)
    client.cookies["sessionid"] = row.session_key
    two = client.post(_at(round, "ballot/review/"), posted)

    def signed(answer):
        return re.search(r"Ed25519 signature: (\w+)", answer.content.decode())[1]

    assert (one.status_code, two.status_code) == (200, 200)
    assert signed(one) == signed(two)
    assert (BallotBox.objects.get().revision, Session.objects.count()) == (1, 0)


def test_a_pass_ends_after_half_an_hour(time_machine):
    round, client = _open(), Client()
    _verify(client, round)
    assert "Cast my ballot" in _page_with(client, round, codes(round)[0])
    session = SessionStore(client.cookies["sessionid"].value)
    person = Person.objects.get()
    now = timezone.now()

    def holder(at):
        return identity.holder_of_pass(session, round, Act.VOTE, now=at)

    assert holder(now + timedelta(minutes=29)) == person
    assert holder(now + timedelta(minutes=31)) is None


def test_a_pass_is_worth_nothing_for_another_round_or_act_and_not_for_whoever_edits_it():
    round = _open()
    other = _open(authority=round.authority)
    person = Person.objects.get(account=make_resident(round.authority))
    session, now = _pass(round, person), timezone.now()

    assert identity.holder_of_pass(session, round, Act.VOTE, now=now) == person
    assert identity.holder_of_pass(session, other, Act.VOTE, now=now) is None
    assert identity.holder_of_pass(session, round, Act.PROPOSE, now=now) is None
    assert str(person.pk) not in str(dict(session.items()))
    session["pass"] = session["pass"][:-3] + "AAA"
    assert identity.holder_of_pass(session, round, Act.VOTE, now=now) is None


def test_t28_being_verified_gives_the_browser_another_session():
    round, client = _open(), Client()
    target = _ask_for_code(client, round).url
    before = client.cookies["sessionid"].value

    client.post(target, {"code": _code()})

    assert client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_t33_a_visitors_code_works_once_in_its_own_browser_and_five_failures_end_it():
    round, client, thief = _open(), Client(), Client()
    target = _ask_for_code(client, round).url
    right = _code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    stolen = thief.post(target, {"code": right})
    assert stolen.status_code == 422
    answers = {client.post(target, {"code": wrong}).status_code for _ in range(6)}
    late = client.post(target, {"code": right})

    assert (answers, late.status_code) == ({422}, 422)
    assert "This code is not right, or it is no longer valid." in late.content.decode()
    assert (Challenge.objects.get().failures, Person.objects.count()) == (5, 0)
    _verify(client, round)
    assert client.post(target, {"code": _code()}).status_code == 422


def test_t33_a_visitors_code_dies_after_ten_minutes(time_machine):
    round, client = _open(), Client()
    target = _ask_for_code(client, round).url

    time_machine.move_to(timezone.now() + timedelta(minutes=10))

    assert client.post(target, {"code": _code()}).status_code == 422
    assert not Person.objects.exists()


def test_t34_visitors_of_one_network_get_only_so_many_codes_an_hour(settings, time_machine):
    settings.CODES_PER_NETWORK_AND_HOUR = 2
    route = VerificationRoute.objects.get(authority=_open().authority)
    asked = {"participation": Participation.OUTSIDE, "area": None, "age_group": ""}

    def send(number, network="192.0.2.1"):
        return identity.send_code_to_visitor(route, network=network, phone=number, **asked)

    send("010-5555-0101")
    send("010-5555-0102")
    with pytest.raises(TooManyCodes):
        send("010-5555-0103")
    send("010-5555-0103", network="192.0.2.2")
    time_machine.move_to(timezone.now() + timedelta(minutes=61))
    send("010-5555-0104")

    assert len(Phones.texts) == 4
    assert "192.0.2" not in str(list(Challenge.objects.values()))


def test_what_was_sent_to_visitors_is_forgotten_after_a_day_and_what_accounts_asked_for_is_not(time_machine):
    route = VerificationRoute.objects.get(authority=_open().authority)
    asked = {"participation": Participation.OUTSIDE, "area": None, "age_group": ""}
    identity.send_code_to_visitor(route, network="192.0.2.1", phone="010-5555-0101", **asked)
    identity.send_code(route, make_account(), phone="010-5555-0102", **asked)

    time_machine.move_to(timezone.now() + timedelta(hours=25))
    last = identity.send_code_to_visitor(route, network="192.0.2.1", phone="010-5555-0103", **asked)

    assert list(Challenge.objects.filter(account=None)) == [last]
    assert Challenge.objects.filter(account__isnull=False).count() == 1


def test_whoever_shows_less_than_they_once_did_may_do_no_more_than_what_they_show_allows():
    round = _open()
    person = Person.objects.get(account=make_resident(round.authority))
    Person.objects.filter(pk=person.pk).update(assurance=3)
    demanding = make_vote(freeze=False, authority=round.authority)
    RuleSet.objects.filter(round=demanding).update(without_account=True)
    Entitlement.objects.filter(round=demanding, act=Act.VOTE).update(assurance=2)
    services.freeze_rules(demanding, actor=None)
    demanding, now = fresh(demanding), timezone.now()

    shown = {
        level: identity.holder_of_pass(
            _pass(demanding, person, assurance=level), demanding, Act.VOTE, now=now
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
    target = _ask_for_code(client, round, age_group="14-18").url
    client.post(target, {"code": _code()})

    page = _page_with(client, round, codes(round)[0])
    answer = _cast(client, round, codes(round)[0])

    assert str(TooYoung.message) % {"from_age": 19} in page
    assert answer.status_code == 422
    assert not BallotBox.objects.exists()


def _register(round):
    area = round.authority.area
    content = f"number,born,area,phone\nA-100,1980-05-01,{area.code},{PHONE}\n".encode()
    entries = registers.read("register.csv", content, area_codes={area.code: area}, country="KR")
    return identity.load_register(round.authority, entries, actor=None, with_letters=True)


def test_by_letter_once():
    round, client, second = _open(), Client(), Client()
    route = identity.set_up_route(round.authority, Method.LETTER, actor=None, assurance=2)
    (letter,) = _register(round)
    address = _at(round, f"verify/?route={route.pk}")

    answer = client.post(address, {"code": letter.code})
    again = second.post(address, {"code": letter.code})

    assert answer.url == _at(round, "ballot/review/")
    assert again.status_code == 422
    assert _cast(client, round, codes(round)[0]).status_code == 200
    assert Person.objects.get().assurance == 2


def test_by_the_register_and_the_phone_it_knows():
    round, client = _open(), Client()
    route = identity.set_up_route(round.authority, Method.REGISTER, actor=None, assurance=2)
    _register(round)
    typed = {"number": "A-100", "born": "1980-05-01", "phone": PHONE}

    wrong = client.post(_at(round, f"verify/?route={route.pk}"), {**typed, "born": "1980-05-02"})
    refused = client.post(wrong.url, {"code": _code()})
    right = client.post(_at(round, f"verify/?route={route.pk}"), typed)
    answer = client.post(right.url, {"code": _code()})

    assert (wrong.status_code, refused.status_code) == (302, 422)
    assert "This did not confirm who you are." in refused.content.decode()
    assert answer.url == _at(round, "ballot/review/")
    assert (Person.objects.get().assurance, RegisterEntry.objects.count()) == (2, 1)


def test_by_a_state_identity_and_a_forged_answer_gives_no_pass(settings, tmp_path):
    round, client = _open(), Client()
    (tmp_path / f"provider-{round.authority.slug}-state.secret").write_text("a secret of the provider\n")
    # The round's keys were made in the usual place.
    for file in settings.KEY_DIRECTORY.glob("**/*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(settings.KEY_DIRECTORY)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    settings.KEY_DIRECTORY = tmp_path
    with crooked_provider() as provider:
        route = identity.set_up_route(
            round.authority,
            Method.PROVIDER,
            actor=None,
            slug="state",
            assurance=1,
            acr_assurance={"2.3": 3},
            issuer=provider.issuer,
            client_id="platform",
        )

        def go(**claims):
            sent = client.post(
                _at(round, f"verify/?route={route.pk}"),
                {"participation": "resident", "area": str(round.authority.area.pk), "age_group": ""},
            )
            asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.url).query).items()}
            provider.expected_challenge = asked["code_challenge"]
            provider.claims = {"nonce": asked["nonce"], "acr": "2.3", **claims}
            back = f"/{round.authority.slug}/verify/provider/state/"
            return client.get(back, {"code": "abc", "state": asked["state"]})

        forged = go(nonce="another")
        assert forged.url == _at(round, "verify/")
        assert "Cast my ballot" not in _page_with(client, round, codes(round)[0])
        assert not Person.objects.exists()
        answer = go()

    assert answer.url == _at(round, "ballot/review/")
    assert _cast(client, round, codes(round)[0]).status_code == 200
    assert (Person.objects.get().assurance, Account.objects.count()) == (3, 0)
    assert Session.objects.count() == 0


def test_whoever_has_signed_in_goes_the_way_of_accounts(client):
    round = _open()
    client.force_login(make_resident(round.authority))

    answer = client.get(_at(round, "verify/"))

    assert answer.url == f"/{round.authority.slug}/verify/?next={_at(round, 'ballot/review/')}"


def test_the_choice_is_frozen_with_the_rules_and_the_database_refuses_another():
    round = _open()

    assert '"without_account":true' in round.poll.rules
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        RuleSet.objects.filter(round=round).update(without_account=False)


def test_a_code_for_nobody_is_refused():
    with pytest.raises(CodeNotAccepted):
        identity.enter_visitors_code(
            VerificationRoute.objects.get(authority=_open().authority), None, code="123456"
        )
