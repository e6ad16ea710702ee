"""A new key of sealed columns replaces an old one while people continue to sign in."""

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from audit.actions import Action
from audit.models import Event
from identity import fields, keys, sealing
from identity.exceptions import KeyInUse, NoSuchKey
from identity.keys import KeyUnavailable
from identity.models import Account, KeyCheck
from identity.services import resealing
from identity.services.resealing import make_key, reseal, retire_key, sealed_under, use_key
from identity.sessions import SessionStore
from identity.verification import services
from identity.verification.models import VerificationAppeal
from tests.factories import make_account, make_assisted_submission, make_authority, make_person

OLD, NEW = "old@example.org", "new@example.org"


@pytest.fixture
def key_directory(db, settings, tmp_path):
    """A site with its own key; the process forgets both afterwards."""
    settings.KEY_DIRECTORY = str(tmp_path)
    KeyCheck.objects.filter(name__startswith=fields.KEY_NAME).delete()
    fields.forget_keys()
    yield tmp_path
    fields.forget_keys()


def _stored(table, column="email"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}::text FROM {table} ORDER BY 1")
        return [value for (value,) in cursor.fetchall()]


def _everything(email=OLD):
    """Create one of every kind of sealed value."""
    account = make_account(email)
    EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    authority = make_authority()
    services.appeal_verification(authority, account, text="My phone is gone.")
    make_assisted_submission(make_person(authority), account, contact="12 Example Street")
    encrypt = get_adapter().encrypt
    Authenticator.objects.create(user=account, type="totp", data={"secret": encrypt("abc"), "other": "v1"})
    Authenticator.objects.create(
        user=account, type="recovery_codes", data={"migrated_codes": [encrypt("one"), encrypt("two")]}
    )
    session = SessionStore()
    session["typed"] = "ก"
    session.save()
    return account, session


@pytest.mark.django_db
def test_rows_under_either_key_are_read_and_found_and_new_ones_are_written_under_the_new_one(key_directory):
    old = make_account(OLD)
    assert make_key() == 2
    use_key(2)

    new = make_account(NEW)

    assert sorted(value[:3] for value in _stored("identity_account")) == ["s1:", "s2:"]
    for spelling in (OLD, OLD.upper()):
        assert Account.objects.get(email=spelling) == old
        assert Account.objects.get(email__iexact=spelling) == old
    assert Account.objects.get(email=NEW) == new
    assert list(Account.objects.filter(email__in=[OLD, NEW, "x@example.org"]).order_by("pk")) == [old, new]
    assert {account.email for account in Account.objects.all()} == {OLD, NEW}
    old.save()
    assert [value[:3] for value in _stored("identity_account")] == ["s2:", "s2:"]


@pytest.mark.django_db
def test_while_two_keys_are_in_use_an_address_still_belongs_to_one_account(key_directory):
    account = make_account(OLD)
    make_key()
    use_key(2)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_account(OLD.upper())
    account.display_name = "Resident One"
    account.save()

    assert Account.objects.count() == 1


@pytest.mark.django_db
def test_everything_is_sealed_anew_and_reads_as_before(key_directory):
    account, session = _everything()
    values = sum(sealed_under().values())
    make_key()
    use_key(2)
    assert sealed_under() == {1: values, 2: 0}

    batches = list(reseal())

    assert sealed_under() == {1: 0, 2: values}
    assert {column.table for column, _n in batches} == {
        "identity_account",
        "account_emailaddress",
        "verification_verificationappeal",
        "proposals_assistedsubmission",
        "mfa_authenticator",
        "django_session",
    }
    assert Account.objects.get(email=OLD) == account
    assert EmailAddress.objects.get().email == OLD
    assert VerificationAppeal.objects.get().text == "My phone is gone."
    assert SessionStore(session.session_key)["typed"] == "ก"
    totp, codes = Authenticator.objects.order_by("type").reverse()
    assert (get_adapter().decrypt(totp.data["secret"]), totp.data["other"]) == ("abc", "v1")
    assert [get_adapter().decrypt(code) for code in codes.data["migrated_codes"]] == ["one", "two"]
    assert "Example" not in "".join(_stored("proposals_assistedsubmission", "contact"))
    assert list(reseal()) == []
    events = Event.objects.filter(action=Action.COLUMN_RESEALED)
    assert sum(event.details["rows"] for event in events) == sum(n for _column, n in batches)


@pytest.mark.django_db
def test_a_run_that_dies_goes_on_where_it_stopped(key_directory, monkeypatch):
    for number in range(5):
        make_account(f"resident{number}@example.org")
    make_key()
    use_key(2)
    monkeypatch.setattr(resealing, "BATCH", 2)
    anew, seen = resealing._anew, []

    def dies(column, text):
        seen.append(text)
        if len(seen) == 4:
            raise RuntimeError("killed")
        return anew(column, text)

    monkeypatch.setattr(resealing, "_anew", dies)
    with pytest.raises(RuntimeError):
        list(reseal())

    # The batch in which it died is unchanged; the batch before it stays done.
    assert sorted(value[:3] for value in _stored("identity_account")) == ["s1:"] * 3 + ["s2:"] * 2
    assert [n for _column, n in reseal()] == [2, 1]
    assert sealed_under()[1] == 0
    assert Account.objects.filter(email="resident3@example.org").exists()


@pytest.mark.django_db
def test_a_key_is_retired_only_when_nothing_needs_it_and_never_the_newest(key_directory):
    _everything()
    make_key()
    use_key(2)
    with pytest.raises(KeyInUse):
        retire_key(1)
    with pytest.raises(KeyInUse):
        retire_key(2)
    list(reseal())

    retire_key(1)

    (key_directory / "fields.key").unlink()
    fields.forget_keys()
    assert Account.objects.get(email=OLD).email == OLD
    assert (list(fields.ring()), make_key()) == ([2], 3)
    with pytest.raises(NoSuchKey):
        retire_key(1)
    actions = Event.objects.filter(subject_type="identity.keycheck").values_list("action", flat=True)
    assert {Action.FIELD_KEY_PUT_INTO_USE, Action.FIELD_KEY_RETIRED} <= set(actions)


@pytest.mark.django_db
def test_a_key_without_its_file_or_out_of_turn_is_not_put_into_use(key_directory):
    fields.ring()
    for number in (2, 3, 1):
        with pytest.raises(NoSuchKey):
            use_key(number)
    make_key()
    use_key(2)
    assert make_key() == 3
    with pytest.raises(NoSuchKey):
        use_key(2)


@pytest.mark.django_db
def test_a_node_without_a_key_in_use_or_with_another_refuses_to_work(key_directory):
    make_account(OLD)
    make_key()
    use_key(2)
    file = key_directory / "fields-2.key"
    kept = file.read_bytes()

    for wrong in (b"x" * 32, None):
        file.write_bytes(wrong) if wrong else file.unlink()
        fields.forget_keys()
        with pytest.raises(KeyUnavailable):
            Account.objects.get(email=OLD)

    file.write_bytes(kept)
    assert Account.objects.get(email=OLD).email == OLD


@pytest.mark.django_db
def test_a_process_that_knows_only_the_old_key_learns_of_the_new_one_when_it_meets_it(
    key_directory, monkeypatch
):
    make_account(OLD)
    before = fields.ring()
    make_key()
    use_key(2)
    make_account(NEW)
    # It reads this when it starts, and again only when it meets another number.
    monkeypatch.setattr(fields, "_ring", before)

    assert {account.email for account in Account.objects.all()} == {OLD, NEW}
    assert set(fields.ring()) == {1, 2}


@pytest.mark.django_db
def test_two_rows_of_one_address_are_named_and_nothing_is_lost(key_directory):
    make_account(OLD)
    make_key()
    use_key(2)
    twin = make_account(NEW)
    sealed = sealing.seal_findable(keys.read("fields-2"), "account", OLD, number=2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE identity_account SET email = %s WHERE id = %s", [sealed, twin.pk])

    with pytest.raises(CommandError, match="two rows hold one address"), transaction.atomic():
        call_command("field_key", "reseal", stdout=StringIO())

    assert sorted(value[:3] for value in _stored("identity_account")) == ["s1:", "s2:"]


@pytest.mark.django_db
def test_the_command_leads_from_one_key_to_the_next(key_directory):
    make_account(OLD)

    def run(*words):
        out = StringIO()
        call_command("field_key", *words, stdout=out)
        return out.getvalue()

    assert run("status") == "key 1: 1 values\n"
    assert "key 2 is made" in run("make")
    assert "key 2 is in use" in run("use", "2")
    assert run("reseal") == "identity_account.email: 1 rows\nkey 1: 0 values\nkey 2: 1 values\n"
    assert "key 1 is retired" in run("retire", "1")
    assert run("status") == "key 2: 1 values\n"
    with pytest.raises(CommandError, match="say which key"):
        run("use")
    with pytest.raises(CommandError, match="Key 7"):
        run("retire", "7")


@pytest.mark.django_db
def test_sessions_of_before_are_kept(key_directory):
    session = SessionStore()
    session["typed"] = "x"
    session.save()
    make_key()
    use_key(2)

    assert SessionStore(session.session_key)["typed"] == "x"
    session.save()
    assert Session.objects.get().session_data.startswith("v2:")
