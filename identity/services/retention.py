"""Removing what has been kept long enough of accounts. Each does so once however often it runs.

Each says how many rows it removed; the record tells of them by that number alone.
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
from identity.models import Account, Consent, StaffView
from identity.services.personal_data import erase_rows

# Rows removed by one statement, so that a long-forgotten task does not hold a table for minutes.
_BATCH = 5_000


def remove_sessions(now: datetime) -> int:
    """Remove sessions that have ended, and the addresses and browsers of those not used for long."""
    live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    listed = UserSession.objects.filter(~Exists(live), last_seen_at__lte=now - retention.SESSION)
    return remove_rows(Session.objects.filter(expire_date__lte=now)) + remove_rows(listed)


def remove_staff_views(now: datetime) -> int:
    """Remove old entries of the access log."""
    return remove_rows(StaffView.objects.filter(seen_at__lte=now - retention.STAFF_VIEW))


def remove_consents(now: datetime) -> int:
    """Remove agreements that need no longer be shown: of browsers, and of accounts that took them back."""
    visitors = Q(visitor__isnull=False) & Q(given_at__lte=now - retention.VISITOR_CONSENT)
    accounts = Q(account__isnull=False) & Q(withdrawn_at__lte=now - retention.ACCOUNT_CONSENT)
    return remove_rows(Consent.objects.filter(visitors | accounts))


def remove_unconfirmed_accounts(now: datetime) -> int:
    """Remove accounts that nobody ever signed in to and whose address was not confirmed, with their address.

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


def remove_rows(rows: QuerySet[Model]) -> int:
    """Delete the rows, a batch a transaction, each with its event."""
    n_removed = 0
    while True:
        with transaction.atomic():
            batch = list(rows.values_list("pk", flat=True).order_by("pk")[:_BATCH])
            if not batch:
                return n_removed
            rows.model._default_manager.filter(pk__in=batch).delete()
            record_removal(rows.model, len(batch))
        n_removed += len(batch)


def record_removal(what: type[Model], n_rows: int) -> None:
    """Record how many rows of a kind were removed, or emptied of what was due; nothing for none."""
    if n_rows:
        # Of many rows that are gone: no one row's number.
        record(Action.PERSONAL_DATA_REMOVED, what(pk=0), actor=None, rows=n_rows)
