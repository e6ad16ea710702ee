"""Verifying persons: one human being is one person in an authority; identifying data is not stored."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from identity import identifiers, keys
from identity.models import Account, KeyCheck
from identity.verification import services
from identity.verification.exceptions import AlreadyVerified, NotVerified, OtherIdentityInUse
from identity.verification.models import Identity, Person
from identity.verification.selectors import person_of, require_entitled
from identity.verification.services import RecordedPerson
from rounds.models import Act, Residency
from tests import factories


def _verify(authority, identifier=b"+821055550101", **fields):
    values = {
        "residency": Residency.RESIDENT,
        "area": authority.area,
        "age_group": "35-49",
        "assurance": 1,
        "actor": None,
        "kind": Identity.Kind.PHONE,
    }
    return services.verify(authority, identifier=identifier, **(values | fields))


def test_a_verified_person_is_behind_the_account_in_that_authority_only(
    account_of, authority, other_authority
):
    account = account_of("resident")

    person = _verify(authority, account=account, actor=account)

    assert person_of(account, authority) == person
    assert person_of(account, other_authority) is None
    event = Event.objects.get(action=Action.PERSON_VERIFIED)
    assert (event.subject_id, event.actor_id) == (str(person.pk), account.pk)


def test_the_same_identity_cannot_stand_behind_a_second_account(account_of, authority):
    first, second = account_of("first"), account_of("second")
    person = _verify(authority, account=first)

    with pytest.raises(AlreadyVerified):
        _verify(authority, account=second)

    assert (person_of(first, authority), person_of(second, authority)) == (person, None)
    assert Event.objects.filter(action=Action.PERSON_VERIFIED).count() == 1


def test_one_identity_in_two_authorities_is_two_persons_that_cannot_be_joined(
    account_of, authority, other_authority
):
    account = account_of("resident")

    here, there = _verify(authority, account=account), _verify(other_authority, account=account)

    assert here.pk != there.pk
    assert bytes(here.identities.get().hmac) != bytes(there.identities.get().hmac)


def test_somebody_first_known_at_the_service_desk_signs_up_later_and_stays_one_person(account_of, authority):
    at_the_desk = _verify(authority, assurance=2)
    account = account_of("resident")

    online = _verify(authority, account=account, assurance=1)

    assert online.pk == at_the_desk.pk
    assert person_of(account, authority).assurance == 2


def test_a_stronger_confirmation_is_added_and_a_weaker_one_does_not_take_it_back(account_of, authority):
    account = account_of("resident")
    person = _verify(authority, account=account)

    _verify(authority, b"issuer|subject", account=account, kind=Identity.Kind.NATIONAL, assurance=3)
    _verify(authority, account=account, residency=Residency.OUTSIDE, area=None)

    person.refresh_from_db()
    assert (person.assurance, person.residency) == (3, "resident")
    assert person.identities.count() == 2


def test_a_weaker_confirmation_renews_a_stronger_one_that_has_expired(account_of, authority):
    account = account_of("resident")
    _verify(authority, account=account, assurance=3, valid_days=0)

    person = _verify(authority, account=account, assurance=1)

    assert (person.assurance, person.expires_at) == (1, None)


def test_an_account_cannot_collect_two_phone_numbers(account_of, authority):
    account = account_of("resident")
    _verify(authority, account=account)

    with pytest.raises(OtherIdentityInUse):
        _verify(authority, b"+821055550102", account=account)

    assert Identity.objects.count() == 1


def test_an_account_cannot_take_over_a_second_person(account_of, authority):
    account = account_of("resident")
    _verify(authority, account=account)
    desk = _verify(authority, b"card 7", kind=Identity.Kind.DOCUMENT)

    with pytest.raises(OtherIdentityInUse):
        _verify(authority, b"card 7", kind=Identity.Kind.DOCUMENT, account=account)

    desk.refresh_from_db()
    assert desk.account_id is None


def test_an_expired_verification_lets_nobody_act(account_of, authority):
    person = _verify(authority, account=account_of("resident"), valid_days=30)
    round = factories.make_round(authority)

    last_moment = person.expires_at - timedelta(microseconds=1)
    assert require_entitled(round, person, Act.VOTE, now=last_moment) == person
    with pytest.raises(NotVerified):
        require_entitled(round, person, Act.VOTE, now=person.expires_at)


@pytest.mark.django_db(transaction=True)
def test_two_accounts_confirming_one_identity_at_once_leave_one_person(account_of, authority):
    accounts = [account_of(f"resident{number}") for number in range(6)]
    start, outcomes = threading.Barrier(len(accounts)), []

    def confirm(account: Account) -> None:
        start.wait()
        try:
            _verify(authority, account=account)
            outcomes.append("verified")
        except AlreadyVerified:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=[account]) for account in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused"] * 5 + ["verified"]
    assert (Person.objects.count(), Identity.objects.count()) == (1, 1)


def test_the_database_holds_one_person_per_identity_and_per_account(account_of, authority):
    account = account_of("resident")
    person = _verify(authority, account=account)
    digest = bytes(person.identities.get().hmac)
    now = timezone.now()

    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.create(
            authority=authority, account=account, residency="outside", assurance=1, verified_at=now
        )
    stranger = Person.objects.create(authority=authority, residency="outside", assurance=1, verified_at=now)
    for hmac in (digest, b"too short"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Identity.objects.create(
                person=stranger, authority=authority, kind="phone", hmac=hmac, confirmed_at=now
            )


def test_a_record_of_persons_is_loaded_whole_or_not_at_all(authority, django_assert_max_num_queries):
    records = [
        RecordedPerson(f"voter {number}".encode(), Residency.RESIDENT, authority.area, "19-34")
        for number in range(3000)
    ]

    with django_assert_max_num_queries(14):
        persons = services.verify_recorded(authority, records, actor=None)
    with pytest.raises(AlreadyVerified):
        services.verify_recorded(
            authority, [RecordedPerson(b"new", Residency.OUTSIDE, None), records[7]], actor=None
        )

    assert [person.age_group for person in persons] == ["19-34"] * 3000
    assert (Person.objects.count(), Identity.objects.count()) == (3000, 3000)
    assert Event.objects.get(action=Action.PERSONS_LOADED).details == {"persons": 3000}


def test_another_key_or_a_missing_one_verifies_nobody(authority, settings, tmp_path):
    _verify(authority)
    known = list(KeyCheck.objects.order_by("name").values_list("name", "fingerprint"))
    settings.KEY_DIRECTORY = tmp_path

    with pytest.raises(keys.KeyUnavailable):
        _verify(authority, b"+821055550102")
    keys.create("identity")
    with pytest.raises(keys.KeyUnavailable):
        _verify(authority, b"+821055550102")

    assert Person.objects.count() == 1
    assert list(KeyCheck.objects.order_by("name").values_list("name", "fingerprint")) == known


def test_a_key_is_made_once_for_its_owner_alone(settings, tmp_path):
    settings.KEY_DIRECTORY = tmp_path / "keys"

    first, again = keys.create("identity"), keys.create("identity")

    assert first == again == keys.read("identity")
    assert len(first) == 32
    assert (tmp_path / "keys" / "identity.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["identity.key"]


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("081-234 5678", "TH", b"+66812345678"),
        ("+66 81 234 5678", "KR", b"+66812345678"),
        ("๐๘๑-๒๓๔-๕๖๗๘", "TH", b"+66812345678"),
        ("0066812345678", "VN", b"+66812345678"),
        ("010\u200b-1234-5678", "KR", b"+821012345678"),
        ("０１０１２３４５６７８", "KR", b"+821012345678"),
    ],
)
def test_one_phone_number_has_one_spelling(typed, country, number):
    assert identifiers.phone(typed, country) == number


@pytest.mark.parametrize("typed", ["", "12", "phone", "+0123456789", "++66812345678", "081 234 5678 x"])
def test_what_is_no_phone_number_is_refused(typed):
    with pytest.raises(ValueError):  # noqa: PT011
        identifiers.phone(typed, "TH")
