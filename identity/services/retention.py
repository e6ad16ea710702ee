"""Removing what has been kept long enough. Each does so once however often it runs, and says how many.

Codes, letters, sessions and hashes are told of in the record by their number alone.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from audit.actions import Action
from audit.services import record
from core.personal_data import Erasure
from identity import retention
from identity.models import (
    Account,
    Challenge,
    Consent,
    FailedAttempt,
    Identity,
    RegisterEntry,
    StaffView,
    VerificationAppeal,
)
from identity.services.personal_data import erase_rows

# Rows removed by one statement, so that a long-forgotten task does not hold a table for minutes.
_BATCH = 5_000


def remove_phone_codes(now: datetime) -> int:
    """Remove codes sent to phones, with the hash of the phone."""
    return _remove(Challenge.objects.filter(sent_at__lte=now - retention.PHONE_CODE))


def remove_failed_attempts(now: datetime) -> int:
    """Remove wrong codes and refusals."""
    return _remove(FailedAttempt.objects.filter(failed_at__lte=now - retention.FAILED_ATTEMPT))


def remove_letter_codes(now: datetime) -> int:
    """Take the codes of letters off the register, once used or out of date."""
    due = now - retention.LETTER_CODE
    entries = RegisterEntry.objects.filter(letter_hmac__isnull=False).filter(
        Q(letter_used_at__lte=due) | Q(letter_expires_at__lte=due)
    )
    with transaction.atomic():
        n_changed = entries.update(letter_hmac=None, letter_expires_at=None, letter_used_at=None)
        _tell(RegisterEntry, n_changed)
    return n_changed


def remove_register_entries(now: datetime) -> int:
    """Remove entries of registers that were not loaded again."""
    return _remove(RegisterEntry.objects.filter(loaded_at__lte=now - retention.REGISTER_ENTRY))


def remove_identities(now: datetime) -> int:
    """Remove what identified people whose verification ended long ago; their acts stay countable."""
    return _remove(Identity.objects.filter(person__expires_at__lte=now - retention.IDENTITY))


def remove_appeals(now: datetime) -> int:
    """Remove requests for help that were answered long ago."""
    return _remove(VerificationAppeal.objects.filter(answered_at__lte=now - retention.APPEAL))


def remove_sessions(now: datetime) -> int:
    """Remove sessions that have ended, and the addresses and browsers of those not used for long."""
    live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    listed = UserSession.objects.filter(~Exists(live), last_seen_at__lte=now - retention.SESSION)
    return _remove(Session.objects.filter(expire_date__lte=now)) + _remove(listed)


def remove_staff_views(now: datetime) -> int:
    """Remove the record of who looked at whose data."""
    return _remove(StaffView.objects.filter(seen_at__lte=now - retention.STAFF_VIEW))


def remove_consents(now: datetime) -> int:
    """Remove agreements that need no longer be shown: of browsers, and of accounts that took them back."""
    visitors = Q(visitor__isnull=False) & Q(given_at__lte=now - retention.VISITOR_CONSENT)
    accounts = Q(account__isnull=False) & Q(withdrawn_at__lte=now - retention.ACCOUNT_CONSENT)
    return _remove(Consent.objects.filter(visitors | accounts))


def remove_unconfirmed_accounts(now: datetime) -> int:
    """Remove accounts nobody has ever signed in to, whose address was not confirmed, with their address.

    Their number stays, since the record names it: they are erased as on request.
    """
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    unconfirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=False)
    due = Account.objects.filter(
        Exists(unconfirmed),
        ~Exists(confirmed),
        erased_at=None,
        last_login=None,
        memberships=None,
        is_staff=False,
        date_joined__lte=now - retention.UNCONFIRMED_ACCOUNT,
    )
    n_removed = 0
    for account in due:
        erase_rows(account, Erasure(now), actor=None)
        n_removed += 1
    return n_removed


def _remove(rows: QuerySet[Model]) -> int:
    """Delete the rows, a batch a transaction, each with its event."""
    n_removed = 0
    while True:
        with transaction.atomic():
            batch = list(rows.values_list("pk", flat=True).order_by("pk")[:_BATCH])
            if not batch:
                return n_removed
            rows.model._default_manager.filter(pk__in=batch).delete()
            _tell(rows.model, len(batch))
        n_removed += len(batch)


def _tell(what: type[Model], n_rows: int) -> None:
    if n_rows:
        # Of many rows that are gone: no one row's number.
        record(Action.PERSONAL_DATA_REMOVED, what(pk=0), actor=None, rows=n_rows)
