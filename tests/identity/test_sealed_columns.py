"""Sealed identifiers cannot be read from the database, and work like readable ones."""

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from identity import fields, sealing
from identity.keys import KeyUnavailable
from identity.models import Account, KeyCheck
from identity.sessions import SessionStore
from identity.verification import services
from identity.verification.models import VerificationAppeal
from tests.factories import make_account, make_authority
from tests.identity.dump import text_of_every_table

CANARY = "canary.person@example.org"
KEY, OTHER_KEY = b"k" * 32, b"o" * 32


def _column(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY id")
        return [value for (value,) in cursor.fetchall()]


def _account() -> Account:
    account = make_account(CANARY)
    EmailAddress.objects.create(user=account, email=CANARY, verified=True, primary=True)
    return account


@pytest.mark.django_db
def test_migrating_makes_no_key():
    # Migrations run without access to the site's keys: a key created there would be lost, and the site with
    # it.
    assert not KeyCheck.objects.exists()


@pytest.mark.django_db
def test_an_expression_is_found_nowhere_and_asks_for_no_key(monkeypatch):
    _account()

    def asked() -> None:
        pytest.fail("a key was asked for")

    monkeypatch.setattr(fields, "ring", asked)

    assert Account.objects.filter(email=Lower("email")).count() == 0
    assert Account.objects.exclude(email=Lower("email")).count() == 1


@pytest.mark.django_db
def test_addresses_are_nowhere_in_the_database_and_read_back_as_they_were():
    account = _account()

    dump = text_of_every_table()

    assert "canary" not in dump.lower()
    assert Account.objects.get(pk=account.pk).email == CANARY
    assert EmailAddress.objects.get().email == CANARY


@pytest.mark.django_db
def test_one_address_looks_different_in_two_tables():
    _account()

    (in_accounts,), (in_addresses,) = (
        _column("identity_account", "email"),
        _column("account_emailaddress", "email"),
    )

    assert in_accounts != in_addresses


@pytest.mark.django_db
@pytest.mark.parametrize("lookup", ["exact", "iexact"])
def test_an_address_is_found_whole_whatever_its_case(lookup):
    account = _account()

    assert Account.objects.get(**{f"email__{lookup}": "Canary.Person@EXAMPLE.org"}) == account
    assert not Account.objects.filter(**{f"email__{lookup}": "canary.person@example.or"}).exists()
    assert EmailAddress.objects.filter(email__in=["x@example.org", CANARY]).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("lookup", ["contains", "icontains", "startswith", "iendswith", "regex", "gt"])
def test_a_search_inside_addresses_is_an_error_not_an_empty_answer(lookup):
    with pytest.raises(FieldError):
        list(Account.objects.filter(**{f"email__{lookup}": "canary"}))


@pytest.mark.django_db
def test_two_spellings_of_one_address_are_one_account_and_one_confirmed_address():
    account = _account()

    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(email="CANARY.person@example.org")
    other = make_account("other@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        EmailAddress.objects.create(user=other, email=CANARY.upper(), verified=True)

    assert list(Account.objects.filter(email=CANARY)) == [account]


@pytest.mark.django_db
def test_a_saved_address_is_in_small_letters_at_once():
    account = Account(email="Canary.Person@Example.org")
    account.save()

    assert account.email == CANARY


@pytest.mark.django_db
def test_a_request_for_help_and_its_answer_are_sealed_and_an_empty_answer_is_empty():
    authority = make_authority()
    open_one = services.appeal_verification(authority, make_account(), text="My number is 081-234-5678.")
    closed = VerificationAppeal.objects.create(
        account=make_account(),
        authority=authority,
        text="x",
        made_at=open_one.made_at,
        answered_at=open_one.made_at,
        answered_by=make_account(),
        answer="Bring the card.",
    )

    dump = text_of_every_table()

    assert "081-234-5678" not in dump
    assert "Bring the card" not in dump
    open_one.refresh_from_db()
    closed.refresh_from_db()
    assert (open_one.text, open_one.answer) == ("My number is 081-234-5678.", "")
    assert closed.answer == "Bring the card."


@pytest.mark.django_db
def test_a_session_is_sealed_and_one_that_was_changed_is_empty():
    session = SessionStore()
    session["typed"] = "canary ก"
    session.save()
    row = Session.objects.get()

    assert row.session_data.startswith("v1:")
    assert SessionStore(session.session_key)["typed"] == "canary ก"
    Session.objects.update(session_data=row.session_data[:-4] + "AAA=")
    assert SessionStore(session.session_key).load() == {}


def test_equal_texts_look_equal_and_lengths_are_rounded_up():
    def seal(text: str, key: bytes = KEY, purpose: str = "p") -> str:
        return sealing.seal_findable(key, purpose, text)

    assert seal("a@example.org") == seal("a@example.org")
    assert len(seal("a@b.example")) == len(seal("somebody.else@example.org")) < len(seal("x" * 33))
    assert len({seal("a"), seal("b"), seal("a", OTHER_KEY), seal("a", purpose="q"), seal("")}) == 5
    assert sealing.unseal_findable(KEY, "p", seal("")) == ""


@pytest.mark.parametrize(
    ("key", "purpose", "change"),
    [
        (OTHER_KEY, "p", lambda sealed: sealed),
        (KEY, "q", lambda sealed: sealed),
        (KEY, "p", lambda sealed: sealed[:10] + ("A" if sealed[10] != "A" else "B") + sealed[11:]),
        (KEY, "p", lambda sealed: "plain@example.org"),
    ],
)
def test_another_key_another_purpose_and_a_changed_text_are_noticed(key, purpose, change):
    sealed = sealing.seal_findable(KEY, "p", "a@example.org")

    with pytest.raises(KeyUnavailable):
        sealing.unseal_findable(key, purpose, change(sealed))
    assert sealing.unseal_findable(KEY, "p", sealed) == "a@example.org"


@pytest.mark.django_db
def test_no_table_waits_for_a_migration_not_even_the_librarys():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


@pytest.mark.django_db
def test_the_key_is_asked_for_once_in_a_process(monkeypatch):
    asked = []

    def give() -> dict[int, bytes]:
        asked.append(1)
        return {1: KEY}

    monkeypatch.setattr(fields, "_source", give)
    monkeypatch.setattr(fields, "_ring", None)

    make_account(CANARY)

    assert (Account.objects.get(email=CANARY).email, asked) == (CANARY, [1])


@pytest.mark.django_db
def test_a_session_ends_when_its_time_is_over(client):
    account = make_account()
    client.force_login(account)
    assert client.get(reverse("identity:me")).status_code == 200

    Session.objects.update(expire_date=timezone.now())

    assert client.get(reverse("identity:me")).status_code == 302
