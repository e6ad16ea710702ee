"""Requests of a person: a copy of their data, its erasure, and the access log."""

from collections.abc import Callable, Iterable

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from core.personal_data import SOURCES, Erasure, Rows, parts
from identity.exceptions import HoldsRoles
from identity.models import Account, Consent, StaffView


@transaction.atomic
def export_personal_data(account: Account) -> dict[str, Rows]:
    """Return everything kept about an account's holder: plain values, times in UTC, nothing of others.

    Every part of the file is there, in its order, also an empty one. One query a part, two for proposals.
    Officials are named by their authority, not by their names; hashes are named by their kind. That it was
    taken out is recorded.
    """
    found = {part.name: part.rows(account) for part in parts()}
    record(Action.PERSONAL_DATA_EXPORTED, account, actor=account, kinds=len(found))
    return found


def erase(account: Account, *, withdraw_public: bool) -> None:
    """Have an account erased by its holder, in every table that a source names. Raises HoldsRoles.

    What is left is a number: public texts and counts stay under it, or with `withdraw_public` are withdrawn
    where their round allows it. The person keeps no tie to the account, and keeps its hashes until retention
    removes them, so that nobody votes twice by leaving.

    What sources do before the erasure commits by itself, and comes first: call this outside of a
    transaction. After a crash in between the account is still there, and its holder asks again.
    """
    if _may_be_erased(account):
        for source in SOURCES:
            if source.before_erasure is not None:
                source.before_erasure(account)
        erase_rows(account, Erasure(timezone.now(), withdraw_public), actor=account)


def _may_be_erased(account: Account) -> bool:
    """Return whether the account is not erased yet. Raises HoldsRoles."""
    if account.erased_at is not None:
        return False
    if account.is_staff or account.memberships.filter(ended_at=None).exists():
        raise HoldsRoles()
    return True


@transaction.atomic
def erase_rows(account: Account, erasure: Erasure, *, actor: Account | None) -> None:
    """Erase what each source knows of an account, in their order, the account last. Raises HoldsRoles.

    For `erase`, and for sign-ups that were never confirmed, which nobody asks for. Once however often called.
    """
    account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if not _may_be_erased(account):
        return
    for source in SOURCES:
        if source.erase is not None:
            source.erase(account, erasure)
    record(Action.ACCOUNT_ERASED, account, actor=actor)


def erase_own_rows(model: type[Model], owner: str) -> Callable[[Account, Erasure], None]:
    """Return a function that deletes the rows of a table whose `owner` is the account; for a source's
    `erase`.
    """

    def erase(account: Account, _erasure: Erasure) -> None:
        model._default_manager.filter(**{owner: account}).delete()

    return erase


def take_consents_back(account: Account, erasure: Erasure) -> None:
    """Take back every agreement that is in force."""
    Consent.objects.filter(account=account, withdrawn_at=None).update(withdrawn_at=erasure.at)


def end_sessions(account: Account, _erasure: Erasure) -> None:
    """Sign the account out everywhere. Before the list of its sessions is deleted, which names them."""
    keys = list(UserSession.objects.filter(user=account).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()


def empty(account: Account, erasure: Erasure) -> None:
    """Take everything personal off an account's row; what is left is a number."""
    account.email = f"{account.pk}@erased.invalid"
    account.display_name = ""
    account.is_active = False
    account.erased_at = erasure.at
    account.last_login = None
    account.set_unusable_password()
    account.save()


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
