"""Having an account erased, and the person behind it let go."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from identity.exceptions import HoldsRoles
from identity.models import Account, Consent
from identity.services.retention import empty
from identity.verification.models import Person

# For a verification without an end, from the erasure on.
_VERIFIED_AT_MOST = timedelta(days=730)


def erase(account: Account, *, texts: Callable[[Account], None], ballots: Callable[[Account], None]) -> None:
    """Have an account erased by its holder; `texts` deals with what they wrote. Raises HoldsRoles.

    What is left is a number: public texts and counts stay under it. The person keeps no tie to the
    account, and keeps its hashes until retention removes them, so that nobody votes twice by leaving.
    `ballots` withdraws what they have cast in votes still open. It comes first and commits by itself:
    row versions of one transaction would tell which ballot was the account's. Call it outside of one; after
    a crash in between the account is still there, and its holder asks again.
    """
    if _may_be_erased(account):
        ballots(account)
        _erase(account, texts)


def _may_be_erased(account: Account) -> bool:
    """Whether the account is not erased yet. Raises HoldsRoles."""
    if account.erased_at is not None:
        return False
    if account.is_staff or account.memberships.filter(ended_at=None).exists():
        raise HoldsRoles()
    return True


@transaction.atomic
def _erase(account: Account, texts: Callable[[Account], None]) -> None:
    now = timezone.now()
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if not _may_be_erased(account):
        return
    texts(account)
    Person.objects.filter(account=account).update(
        account=None, expires_at=Coalesce(F("expires_at"), Value(now + _VERIFIED_AT_MOST))
    )
    Consent.objects.filter(account=account, withdrawn_at=None).update(withdrawn_at=now)
    empty(account, now, actor=account)
