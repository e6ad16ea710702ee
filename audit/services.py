"""The one way to write the record."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import connection
from django.db.models import Model

from audit.actions import Action
from audit.models import Event


def record(
    action: Action,
    subject: Model,
    *,
    actor: Model | None,
    authority: Model | None = None,
    **details: object,
) -> None:
    """Write that `actor` did `action` to `subject`, in the caller's transaction.

    `actor` is None where the clock acted. `details` are JSON values: ids, codes, amounts in minor
    units; never names, contact data or a voter's choices. One INSERT.
    Raises RuntimeError outside a transaction: a record that can survive its change is no record.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs in the transaction of the change it tells of")
    assert actor is None or actor._meta.label == settings.AUTH_USER_MODEL
    Event.objects.create(
        action=action,
        actor_id=actor.pk if actor is not None else None,
        authority_id=authority.pk if authority is not None else None,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        details=details,
    )


def record_all(
    action: Action,
    subjects: Iterable[tuple[Model, Mapping[str, object]]],
    *,
    actor: Model | None,
    authority: Model | None = None,
) -> None:
    """Write one event for each subject with its details, as `record` does. One INSERT per 1,000."""
    if not connection.in_atomic_block:
        raise RuntimeError("record_all() belongs in the transaction of the change it tells of")
    Event.objects.bulk_create(
        (
            Event(
                action=action,
                actor_id=actor.pk if actor is not None else None,
                authority_id=authority.pk if authority is not None else None,
                subject_type=subject._meta.label_lower,
                subject_id=str(subject.pk),
                details=dict(details),
            )
            for subject, details in subjects
        ),
        batch_size=1000,
    )
