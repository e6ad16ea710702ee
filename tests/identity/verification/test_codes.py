"""Codes to phones and in letters: sent once, typed once, and not to be guessed."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from audit.actions import Action
from audit.models import Event
from identity.verification import registers, services
from identity.verification.exceptions import (
    AlreadyVerified,
    CodeNotAccepted,
    NotAPhoneNumber,
    NotConfirmed,
    NotSent,
    RouteClosed,
    TooManyCodes,
)
from identity.verification.models import Challenge, FailedAttempt, Person, RegisterEntry, VerificationRoute
from identity.verification.selectors import person_of
from rounds.models import Residency
from tests.identity.peers import Phones

pytestmark = pytest.mark.usefixtures("phones")
Method = VerificationRoute.Method


@pytest.fixture
def route(authority):
    return services.set_up_route(authority, Method.PHONE, actor=None, assurance=1, valid_days=365)


def _send(route, account, phone="010-5555-0101"):
    return services.send_code(
        route,
        account,
        phone=phone,
        residency=Residency.RESIDENT,
        area=route.authority.area,
        age_group="35-49",
    )


def _code():
    return re.search(r"\d{6}", Phones.texts[-1][1])[0]


def _wrong():
    return f"{(int(_code()) + 1) % 1_000_000:06d}"


def test_the_code_sent_to_a_phone_verifies_the_account(route, account_of, authority):
    account = account_of("resident")

    _send(route, account)
    person = services.enter_code(route, account, code=f" {_code()[:3]} {_code()[3:]} ")

    assert Phones.texts[0][0] == "+821055550101"
    assert person_of(account, authority) == person
    assert (person.assurance, person.residency, person.area) == (1, "resident", authority.area)
    assert person.expires_at - person.verified_at == timedelta(days=365)


def test_t33_five_wrong_codes_lock_and_every_answer_is_the_same(route, account_of, authority):
    account = account_of("guesser")
    _send(route, account)
    answers = set()

    for _ in range(1000):
        with pytest.raises(CodeNotAccepted) as refusal:
            services.enter_code(route, account, code=_wrong())
        answers.add(str(refusal.value))
    with pytest.raises(CodeNotAccepted) as refusal:
        services.enter_code(route, account, code=_code())
    answers.add(str(refusal.value))

    assert len(answers) == 1
    assert FailedAttempt.objects.count() == 5
    assert Event.objects.filter(action=Action.VERIFICATION_FAILED).count() == 5
    assert person_of(account, authority) is None


def test_t33_a_code_works_once(route, account_of):
    account = account_of("resident")
    _send(route, account)
    services.enter_code(route, account, code=_code())

    with pytest.raises(CodeNotAccepted):
        services.enter_code(route, account, code=_code())


def test_t33_a_code_dies_after_ten_minutes(route, account_of, time_machine):
    account = account_of("resident")
    sent = _send(route, account).sent_at
    time_machine.move_to(sent + timedelta(minutes=10), tick=False)

    with pytest.raises(CodeNotAccepted):
        services.enter_code(route, account, code=_code())


def test_t33_only_the_latest_code_works_and_only_for_its_own_account(route, account_of):
    account, other = account_of("resident"), account_of("other")
    _send(route, account)
    first = _code()
    _send(route, account)
    second = _code()
    _send(route, other, "010-5555-0102")

    for wrong_account, code in [(account, first), (other, second)]:
        if first == second or code == _code():
            pytest.skip("two random codes are equal by chance")
        with pytest.raises(CodeNotAccepted):
            services.enter_code(route, wrong_account, code=code)

    assert services.enter_code(route, account, code=second).account == account


def test_t35_wrong_codes_count_against_who_types_them_and_not_against_the_owner_of_the_phone(
    route, account_of
):
    attacker, owner = account_of("attacker"), account_of("owner")
    _send(route, attacker)
    for _ in range(6):
        with pytest.raises(CodeNotAccepted):
            services.enter_code(route, attacker, code="000000" if _code() != "000000" else "000001")

    _send(route, owner)

    assert services.enter_code(route, owner, code=_code()).account == owner


def test_a_day_later_the_account_may_try_again(route, account_of, time_machine):
    account = account_of("resident")
    sent = _send(route, account).sent_at
    for _ in range(5):
        with pytest.raises(CodeNotAccepted):
            services.enter_code(route, account, code=_wrong())

    time_machine.move_to(sent + timedelta(days=1, minutes=1))
    _send(route, account)

    assert services.enter_code(route, account, code=_code()).account == account


def test_an_account_gets_three_codes_a_day_and_a_phone_six(route, account_of):
    first, second, third = account_of("one"), account_of("two"), account_of("three")
    for account in [first, second] * 3:
        _send(route, account)

    with pytest.raises(TooManyCodes):
        _send(route, first, "010-5555-0199")
    with pytest.raises(TooManyCodes):
        _send(route, third)
    _send(route, third, "010-5555-0199")

    assert len(Phones.texts) == 7


def test_one_phone_is_one_person_however_it_is_written(route, account_of):
    first, second = account_of("first"), account_of("second")
    _send(route, first, "010 5555 0101")
    services.enter_code(route, first, code=_code())
    _send(route, second, "+82-10-5555-0101")

    with pytest.raises(AlreadyVerified):
        services.enter_code(route, second, code=_code())

    assert Person.objects.count() == 1


def test_what_is_no_phone_a_closed_route_and_a_dead_gateway_send_and_keep_nothing(route, account_of):
    account = account_of("resident")

    with pytest.raises(NotAPhoneNumber):
        _send(route, account, "Resident One")
    Phones.is_down = True
    with pytest.raises(NotSent):
        _send(route, account)
    Phones.is_down = False
    route.is_open = False
    with pytest.raises(RouteClosed):
        _send(route, account)

    assert (Challenge.objects.count(), Phones.texts) == (0, [])


@pytest.fixture
def register(authority):
    content = (
        "number,born,area,phone\n"
        f"A-100,1980-05-01,{authority.area.code},010-5555-0101\n"
        f"A-101,2008-05-01,{authority.area.code},\n"
    ).encode()
    entries = registers.read(
        "register.csv", content, area_codes={authority.area.code: authority.area}, country="KR"
    )
    return services.load_register(authority, entries, actor=None, with_letters=True)


@pytest.fixture
def register_route(authority):
    return services.set_up_route(authority, Method.REGISTER, actor=None, assurance=2)


def _send_for_entry(route, account, number, born="1980-05-01", phone="010-5555-0101"):
    from identity import identifiers

    return services.send_code(
        route,
        account,
        phone=phone,
        residency=Residency.OUTSIDE,
        area=None,
        age_group="",
        entry=identifiers.register_entry(number, born),
    )


def test_the_register_confirms_whom_it_knows_with_number_birth_and_phone(
    register, register_route, account_of, authority
):
    account = account_of("resident")

    _send_for_entry(register_route, account, "a 100")
    person = services.enter_code(register_route, account, code=_code())

    assert (person.assurance, person.residency, person.area) == (2, "resident", authority.area)
    assert person.age_group in ("35-49", "50-64")


@pytest.mark.parametrize(
    "asked", [{"number": "A-999"}, {"born": "1980-05-02"}, {"phone": "010-5555-0199"}, {"number": "A-101"}]
)
def test_t32_asking_for_an_unknown_entry_looks_like_asking_for_a_known_one(
    register, register_route, account_of, asked
):
    account = account_of("resident")

    challenge = _send_for_entry(register_route, account, **{"number": "A-100", **asked})
    with pytest.raises(NotConfirmed):
        services.enter_code(register_route, account, code=_code())

    assert challenge.entry_hmac is not None
    assert (Person.objects.count(), FailedAttempt.objects.count()) == (0, 1)


def test_a_letter_verifies_once_whoever_its_entry_names(register, account_of, authority):
    route = services.set_up_route(authority, Method.LETTER, actor=None, assurance=2)
    account, second = account_of("resident"), account_of("second")
    letter = next(letter for letter in register if letter.number == "A-101")

    person = services.enter_letter_code(route, account, code=letter.code.lower().replace("-", " "))
    with pytest.raises(CodeNotAccepted):
        services.enter_letter_code(route, second, code=letter.code)

    assert (person.account, person.assurance) == (account, 2)


def test_a_letter_expires(register, account_of, authority, time_machine):
    route = services.set_up_route(authority, Method.LETTER, actor=None, assurance=2)
    expiry = RegisterEntry.objects.first().letter_expires_at
    time_machine.move_to(expiry, tick=False)

    with pytest.raises(CodeNotAccepted):
        services.enter_letter_code(route, account_of("resident"), code=register[0].code)


@pytest.mark.django_db
def test_from_registration_to_verified_takes_four_screens(authority):
    services.set_up_route(authority, Method.PHONE, actor=None, assurance=1)
    client = Client()
    screens = []

    def fill(path, **fields):
        page = client.get(path)
        assert page.status_code == 200, path
        screens.append(path)
        answer = client.post(path, fields)
        assert answer.status_code == 302, answer.content.decode()
        return answer.url

    target = fill(
        "/accounts/signup/?next=/gangnam/verify/",
        email="one@example.org",
        display_name="Resident One",
        password1="a long enough password",
        next="/gangnam/verify/",
    )
    code = re.search(r"^\s*(\S{4,})\s*$", mail.outbox[-1].body.split("\n\n")[1], re.M)
    code = code or re.search(r"^\s*([A-Z0-9-]{6,9})\s*$", mail.outbox[-1].body, re.M)
    target = fill(target, code=code[1])
    assert target == "/gangnam/verify/"
    target = fill(
        target,
        residency="resident",
        area=str(authority.area.pk),
        age_group="35-49",
        phone="010-5555-0101",
    )
    target = fill(target, code=_code())

    assert len(screens) == 4
    assert "You are verified." in client.get(target).content.decode()
    assert Person.objects.get().account.email == "one@example.org"


def test_a_refused_code_is_shown_at_its_field_with_422(route, account_of, client):
    client.force_login(account_of("resident"))
    client.post(
        "/gangnam/verify/",
        {"residency": "resident", "area": str(route.authority.area.pk), "phone": "010-5555-0101"},
    )

    answer = client.post(f"/gangnam/verify/code/{route.pk}/", {"code": _wrong()})

    assert answer.status_code == 422
    assert "This code is wrong or has expired." in answer.content.decode()


def test_no_phone_number_is_left_anywhere_in_the_database(route, account_of, django_assert_max_num_queries):
    account = account_of("resident")
    _send(route, account, "010-5555-0142")
    services.enter_code(route, account, code=_code())

    from tests.identity.dump import text_of_every_table

    dumped = text_of_every_table()
    assert "10555501" not in re.sub(r"[-\s]", "", dumped)
    assert _code() not in dumped
