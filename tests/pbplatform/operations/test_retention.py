"""Personal data is removed when its time has come, not a second before."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from core.personal_data import terms
from core.sweeps import SWEEPS
from identity import retention
from identity.models import Account, Consent, StaffView
from identity.verification.models import (
    Challenge,
    FailedAttempt,
    Identity,
    RegisterEntry,
    VerificationAppeal,
    VerificationRoute,
)
from pbplatform.operations.tasks import remove_due
from tests import factories

NOW = timezone.datetime(2027, 3, 1, 12, tzinfo=timezone.get_default_timezone())
SECOND = timedelta(seconds=1)
HASH = b"h" * 32


@pytest.fixture
def place(db: None):
    authority = factories.make_authority()
    route = VerificationRoute.objects.create(authority=authority, method="phone", assurance=1)
    return authority, route


def _challenge(place, when):
    return Challenge.objects.create(
        account=factories.make_account(),
        route=place[1],
        phone_hmac=HASH,
        code_hmac=HASH,
        residency="resident",
        sent_at=when,
        expires_at=when,
    )


def _attempt(place, when):
    return FailedAttempt.objects.create(account=factories.make_account(), authority=place[0], failed_at=when)


_numbers = iter(range(10_000))


def _entry(place, when, **fields):
    number = next(_numbers).to_bytes(32, "big")
    return RegisterEntry.objects.create(
        authority=place[0],
        hmac=number,
        residency="resident",
        area=place[0].area,
        **{"loaded_at": when, **fields},
    )


def _identity(place, when):
    person = factories.make_person(place[0], expires_at=when)
    return Identity.objects.create(
        person=person, authority=place[0], kind="phone", hmac=person.pk.bytes * 2, confirmed_at=when
    )


def _appeal(place, when):
    return VerificationAppeal.objects.create(
        account=factories.make_account(),
        authority=place[0],
        text="Help.",
        made_at=when,
        answered_at=when,
        answered_by=factories.make_account(),
        answer="Come.",
    )


def _user_session(place, when):
    account = factories.make_account()
    listed = UserSession.objects.create(
        user=account, ip="203.0.113.7", user_agent="x", session_key=f"gone{account.pk}", data={}
    )
    UserSession.objects.filter(pk=listed.pk).update(last_seen_at=when)
    return listed


def _view(place, when):
    return StaffView.objects.create(
        viewer=factories.make_account(),
        subject=factories.make_account(),
        authority=place[0],
        page="identity:role",
        seen_at=when,
    )


def _visitor(place, when):
    return Consent.objects.create(
        visitor=factories.make_person(place[0]).pk, purpose="performance", version=1, given_at=when
    )


def _withdrawn(place, when):
    return Consent.objects.create(
        account=factories.make_account(), purpose="terms", version=1, given_at=when, withdrawn_at=when
    )


@pytest.mark.parametrize(
    ("make", "term"),
    [
        (_challenge, retention.PHONE_CODE),
        (_attempt, retention.FAILED_ATTEMPT),
        (_entry, retention.REGISTER_ENTRY),
        (_identity, retention.IDENTITY),
        (_appeal, retention.APPEAL),
        (_user_session, retention.SESSION),
        (_view, retention.STAFF_VIEW),
        (_visitor, retention.VISITOR_CONSENT),
        (_withdrawn, retention.ACCOUNT_CONSENT),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else f"{value.days} days",
)
def test_t63_a_row_goes_when_it_is_due_and_not_a_second_before(place, time_machine, make, term):
    time_machine.move_to(NOW, tick=False)
    due, not_due = make(place, NOW - term), make(place, NOW - term + SECOND)

    remove_due()
    remove_due()

    left = type(due)._default_manager
    assert not left.filter(pk=due.pk).exists()
    assert left.filter(pk=not_due.pk).exists()
    events = Event.objects.filter(action=Action.PERSONAL_DATA_REMOVED)
    assert [(event.subject_type, event.details) for event in events] == [
        (type(due)._meta.label_lower, {"rows": 1})
    ]


def test_t63_codes_of_letters_leave_the_register_and_the_entry_stays(place, time_machine):
    time_machine.move_to(NOW, tick=False)
    due = NOW - retention.LETTER_CODE
    used = _entry(place, NOW, letter_hmac=b"a" * 32, letter_used_at=due, letter_expires_at=NOW)
    late = _entry(place, NOW, letter_hmac=b"b" * 32, letter_expires_at=due)
    good = _entry(place, NOW, letter_hmac=b"c" * 32, letter_expires_at=due + SECOND)

    remove_due()

    for row in (used, late, good):
        row.refresh_from_db()
    assert (used.letter_hmac, late.letter_hmac, bytes(good.letter_hmac)) == (None, None, b"c" * 32)


def test_t63_sessions_end_at_their_date_and_live_ones_stay_listed(place, time_machine):
    time_machine.move_to(NOW, tick=False)
    Session.objects.create(session_key="ended", session_data="x", expire_date=NOW)
    Session.objects.create(session_key="live", session_data="x", expire_date=NOW + SECOND)
    listed = _user_session(place, NOW - retention.SESSION)
    UserSession.objects.filter(pk=listed.pk).update(session_key="live")

    remove_due()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["live"]
    assert UserSession.objects.filter(pk=listed.pk).exists()


def test_t63_sign_ups_nobody_confirmed_are_emptied_and_others_are_not(db, time_machine):
    time_machine.move_to(NOW, tick=False)

    def sign_up(name: str, *, verified: bool = False, **fields) -> Account:
        account = factories.make_account(f"{name}@example.org", **fields)
        EmailAddress.objects.create(user=account, email=account.email, verified=verified, primary=True)
        return account

    due = NOW - retention.UNCONFIRMED_ACCOUNT
    forgotten = sign_up("forgotten", date_joined=due)
    kept = [
        sign_up("recent", date_joined=due + SECOND),
        sign_up("confirmed", date_joined=due, verified=True),
        sign_up("signedin", date_joined=due, last_login=due),
        factories.make_account("operators@example.org", date_joined=due),
    ]

    remove_due()

    forgotten.refresh_from_db()
    assert (forgotten.email, forgotten.is_active) == (f"{forgotten.pk}@erased.invalid", False)
    assert not EmailAddress.objects.filter(user=forgotten).exists()
    for account in kept:
        account.refresh_from_db()
        assert (account.erased_at, account.is_active) == (None, True)


def test_t63_the_privacy_notice_shows_every_term_of_every_source(client, db):
    page = client.get("/privacy/").content.decode().replace("&#x27;", "'")

    assert len(terms()) == 16
    for term in terms():
        assert term.after is None or str(term.after.days) in term.says
        assert str(term.what) in page
        assert term.says in page
    assert "35 days" in page


def test_t63_what_is_due_is_looked_for_within_a_day():
    assert SWEEPS["pbplatform.operations.tasks.remove_due"].every <= timedelta(days=1)
