"""What a person may ask for: everything that is kept about them, and that it be erased."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from identity.exceptions import HoldsRoles
from identity.models import Account, Consent, Person, StaffView
from identity.services.retention import empty

# Every kind of thing kept about a person by its name, a list of plain values each.
Parts = Mapping[str, list[dict[str, Any]]]

# For a verification without an end, from the erasure on.
_VERIFIED_AT_MOST = timedelta(days=730)


@transaction.atomic
def export_personal_data(account: Account, sources: Iterable[Callable[[Account], Parts]]) -> dict[str, Any]:
    """Return everything kept about an account's holder: plain values, times in UTC, nothing of others.

    `sources` are what each app knows; the platform lists them. That it was taken out is recorded.
    """
    found: dict[str, Any] = {}
    for source in sources:
        for name, rows in source(account).items():
            assert name not in found, name
            found[name] = rows
    record(Action.PERSONAL_DATA_EXPORTED, account, actor=account, kinds=len(found))
    return found


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


@transaction.atomic
def note_views(
    viewer: Account,
    subjects: Iterable[Account | int | None],
    *,
    page: str,
    authority: Authority | None,
) -> int:
    """Keep that an official looked at a page with these accounts' personal data; return how many.

    Nobody is noted for looking at themselves. Two statements for any number.
    """
    numbers = {
        subject.pk if isinstance(subject, Account) else subject for subject in subjects if subject is not None
    } - {viewer.pk}
    if not numbers:
        return 0
    now = timezone.now()
    StaffView.objects.bulk_create(
        StaffView(
            viewer=viewer,
            subject_id=number,
            authority=authority,
            page=page,
            seen_at=now,
        )
        for number in sorted(numbers)
    )
    record(
        Action.PERSONAL_DATA_SEEN,
        authority if authority is not None else viewer,
        actor=viewer,
        authority=authority,
        page=page,
        people=len(numbers),
    )
    return len(numbers)
