"""Removing what has been kept long enough of how people showed who they are."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from identity import retention
from identity.services.retention import record_removal, remove_rows
from identity.verification.models import Challenge, FailedAttempt, Identity, RegisterEntry, VerificationAppeal


def remove_phone_codes(now: datetime) -> int:
    """Remove codes sent to phones, with the hash of the phone."""
    return remove_rows(Challenge.objects.filter(sent_at__lte=now - retention.PHONE_CODE))


def remove_failed_attempts(now: datetime) -> int:
    """Remove wrong codes and refusals."""
    return remove_rows(FailedAttempt.objects.filter(failed_at__lte=now - retention.FAILED_ATTEMPT))


def remove_letter_codes(now: datetime) -> int:
    """Take the codes of letters off the register, once used or out of date."""
    due = now - retention.LETTER_CODE
    entries = RegisterEntry.objects.filter(letter_hmac__isnull=False).filter(
        Q(letter_used_at__lte=due) | Q(letter_expires_at__lte=due)
    )
    with transaction.atomic():
        n_changed = entries.update(letter_hmac=None, letter_expires_at=None, letter_used_at=None)
        record_removal(RegisterEntry, n_changed)
    return n_changed


def remove_register_entries(now: datetime) -> int:
    """Remove entries of registers that were not loaded again."""
    return remove_rows(RegisterEntry.objects.filter(loaded_at__lte=now - retention.REGISTER_ENTRY))


def remove_identities(now: datetime) -> int:
    """Remove identifiers of people whose verification ended long ago; their acts stay countable."""
    return remove_rows(Identity.objects.filter(person__expires_at__lte=now - retention.IDENTITY))


def remove_appeals(now: datetime) -> int:
    """Remove requests for help that were answered long ago."""
    return remove_rows(VerificationAppeal.objects.filter(answered_at__lte=now - retention.APPEAL))
