"""Erasure of persons when their account is erased."""

from datetime import timedelta

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from core.personal_data import Erasure
from identity.models import Account
from identity.verification.models import Person

# For a verification without an end, from the erasure on.
_VERIFIED_AT_MOST = timedelta(days=730)


def part_from_person(account: Account, erasure: Erasure) -> None:
    """Take the account off its persons, and let a verification without an end have one."""
    Person.objects.filter(account=account).update(
        account=None, expires_at=Coalesce(F("expires_at"), Value(erasure.at + _VERIFIED_AT_MOST))
    )
