"""Visitors verify by phone, letter, register or state identity, and get a pass with that assurance."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from identity.models import Account
from identity.sessions import SessionStore
from identity.verification import registers
from identity.verification import services as identity
from identity.verification.exceptions import CodeNotAccepted, TooManyCodes
from identity.verification.models import Challenge, Person, RegisterEntry, VerificationRoute
from rounds.models import Act, Residency
from tests.factories import make_account, make_resident
from tests.identity.peers import Phones, crooked_provider
from tests.voting.pages import cast
from tests.voting.visitors import (
    PHONE,
    ask_for_code,
    at,
    give_pass,
    open_round,
    review_page_with,
    sent_code,
    verify,
)
from tests.voting.votes import codes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("phones")]
Method = VerificationRoute.Method


def test_a_pass_ends_after_half_an_hour(time_machine):
    round, client = open_round(), Client()
    verify(client, round)
    assert "Cast my ballot" in review_page_with(client, round, codes(round)[0])
    session = SessionStore(client.cookies["sessionid"].value)
    person = Person.objects.get()
    now = timezone.now()

    def holder(at):
        return identity.holder_of_pass(session, round, Act.VOTE, now=at)

    assert holder(now + timedelta(minutes=29)) == person
    assert holder(now + timedelta(minutes=31)) is None


def test_a_pass_is_worth_nothing_for_another_round_or_act_and_not_for_whoever_edits_it():
    round = open_round()
    other = open_round(authority=round.authority)
    person = Person.objects.get(account=make_resident(round.authority))
    session, now = give_pass(round, person), timezone.now()

    assert identity.holder_of_pass(session, round, Act.VOTE, now=now) == person
    assert identity.holder_of_pass(session, other, Act.VOTE, now=now) is None
    assert identity.holder_of_pass(session, round, Act.PROPOSE, now=now) is None
    assert str(person.pk) not in str(dict(session.items()))
    session["pass"] = session["pass"][:-3] + "AAA"
    assert identity.holder_of_pass(session, round, Act.VOTE, now=now) is None


def test_t28_being_verified_gives_the_browser_another_session():
    round, client = open_round(), Client()
    target = ask_for_code(client, round).url
    before = client.cookies["sessionid"].value

    client.post(target, {"code": sent_code()})

    assert client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()


def test_t33_a_visitors_code_works_once_in_its_own_browser_and_five_failures_end_it():
    round, client, thief = open_round(), Client(), Client()
    target = ask_for_code(client, round).url
    right = sent_code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    stolen = thief.post(target, {"code": right})
    assert stolen.status_code == 422
    answers = {client.post(target, {"code": wrong}).status_code for _ in range(6)}
    late = client.post(target, {"code": right})

    assert (answers, late.status_code) == ({422}, 422)
    assert "This code is wrong or has expired." in late.content.decode()
    assert (Challenge.objects.get().failures, Person.objects.count()) == (5, 0)
    verify(client, round)
    assert client.post(target, {"code": sent_code()}).status_code == 422


def test_t33_a_visitors_code_dies_after_ten_minutes(time_machine):
    round, client = open_round(), Client()
    target = ask_for_code(client, round).url

    time_machine.move_to(timezone.now() + timedelta(minutes=10))

    assert client.post(target, {"code": sent_code()}).status_code == 422
    assert not Person.objects.exists()


def test_a_code_for_nobody_is_refused():
    with pytest.raises(CodeNotAccepted):
        identity.enter_visitors_code(
            VerificationRoute.objects.get(authority=open_round().authority), None, code="123456"
        )


def test_t34_visitors_of_one_network_get_only_so_many_codes_an_hour(settings, time_machine):
    settings.CODES_PER_NETWORK_AND_HOUR = 2
    route = VerificationRoute.objects.get(authority=open_round().authority)
    asked = {"residency": Residency.OUTSIDE, "area": None, "age_group": ""}

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
    route = VerificationRoute.objects.get(authority=open_round().authority)
    asked = {"residency": Residency.OUTSIDE, "area": None, "age_group": ""}
    identity.send_code_to_visitor(route, network="192.0.2.1", phone="010-5555-0101", **asked)
    identity.send_code(route, make_account(), phone="010-5555-0102", **asked)

    time_machine.move_to(timezone.now() + timedelta(hours=25))
    last = identity.send_code_to_visitor(route, network="192.0.2.1", phone="010-5555-0103", **asked)

    assert list(Challenge.objects.filter(account=None)) == [last]
    assert Challenge.objects.filter(account__isnull=False).count() == 1


def _register(round):
    area = round.authority.area
    content = f"number,born,area,phone\nA-100,1980-05-01,{area.code},{PHONE}\n".encode()
    entries = registers.read("register.csv", content, area_codes={area.code: area}, country="KR")
    return identity.load_register(round.authority, entries, actor=None, with_letters=True)


def test_by_letter_once():
    round, client, second = open_round(), Client(), Client()
    route = identity.set_up_route(round.authority, Method.LETTER, actor=None, assurance=2)
    (letter,) = _register(round)
    address = at(round, f"verify/?route={route.pk}")

    answer = client.post(address, {"code": letter.code})
    again = second.post(address, {"code": letter.code})

    assert answer.url == at(round, "ballot/review/")
    assert again.status_code == 422
    assert cast(client, round, codes(round)[0]).status_code == 200
    assert Person.objects.get().assurance == 2


def test_by_the_register_and_the_phone_it_knows():
    round, client = open_round(), Client()
    route = identity.set_up_route(round.authority, Method.REGISTER, actor=None, assurance=2)
    _register(round)
    typed = {"number": "A-100", "born": "1980-05-01", "phone": PHONE}

    wrong = client.post(at(round, f"verify/?route={route.pk}"), {**typed, "born": "1980-05-02"})
    refused = client.post(wrong.url, {"code": sent_code()})
    right = client.post(at(round, f"verify/?route={route.pk}"), typed)
    answer = client.post(right.url, {"code": sent_code()})

    assert (wrong.status_code, refused.status_code) == (302, 422)
    assert "We could not confirm who you are." in refused.content.decode()
    assert answer.url == at(round, "ballot/review/")
    assert (Person.objects.get().assurance, RegisterEntry.objects.count()) == (2, 1)


def test_by_a_state_identity_and_a_forged_answer_gives_no_pass(settings, tmp_path):
    round, client = open_round(), Client()
    (tmp_path / f"provider-{round.authority.slug}-state.secret").write_text("a secret of the provider\n")
    # The round's keys were created in the usual folder.
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
                at(round, f"verify/?route={route.pk}"),
                {"residency": "resident", "area": str(round.authority.area.pk), "age_group": ""},
            )
            asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.url).query).items()}
            provider.expected_challenge = asked["code_challenge"]
            provider.claims = {"nonce": asked["nonce"], "acr": "2.3", **claims}
            back = f"/{round.authority.slug}/verify/provider/state/"
            return client.get(back, {"code": "abc", "state": asked["state"]})

        forged = go(nonce="another")
        assert forged.url == at(round, "verify/")
        assert "Cast my ballot" not in review_page_with(client, round, codes(round)[0])
        assert not Person.objects.exists()
        answer = go()

    assert answer.url == at(round, "ballot/review/")
    assert cast(client, round, codes(round)[0]).status_code == 200
    assert (Person.objects.get().assurance, Account.objects.count()) == (3, 0)
    assert Session.objects.count() == 0
