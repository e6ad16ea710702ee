"""What is kept about a person, for them to take out, and who of the officials looked at it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from identity.models import Account, StaffView

# Every kind of thing kept about a person by its name, a list of plain values each.
Parts = Mapping[str, list[dict[str, Any]]]


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
