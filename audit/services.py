"""The one way to write the record."""

from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Model

from audit import chain
from audit.actions import Action
from audit.models import Event, Inspection, Seal
from core.db.errors import sqlstate

# Events one seal covers at most: its transaction stays short.
_BATCH = 20_000
# First key of PostgreSQL's two-key advisory locks, for whoever makes seals.
_SEALING = 7002


def record(
    action: Action,
    subject: Model,
    *,
    actor: Model | None,
    authority: Model | None = None,
    round: Model | None = None,
    **details: object,
) -> None:
    """Write that `actor` did `action` to `subject`, in the caller's transaction.

    `actor` is None where the clock acted. The event is of the `round`, or of the one that the subject is or
    belongs to. `details` are JSON values: ids, codes, amounts in minor
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
        round_id=_round_id(subject, round),
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
    round: Model | None = None,
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
                round_id=_round_id(subject, round),
                subject_type=subject._meta.label_lower,
                subject_id=str(subject.pk),
                details=dict(details),
            )
            for subject, details in subjects
        ),
        batch_size=1000,
    )


def _round_id(subject: Model, round: Model | None) -> int | None:
    """Return the id of the round an event is about. No query: a subject's round is not looked up."""
    if round is not None:
        return int(round.pk)
    if subject._meta.label == "rounds.Round":
        return int(subject.pk)
    found: int | None = getattr(subject, "round_id", None)
    return found


def seal_due() -> int:
    """Seal every event that no seal covers yet; return how many seals were made.

    0 where somebody has been writing events for longer than a fifth of a second: the next minute will do.
    """
    try:
        last = _last_settled_event()
    except OperationalError as error:
        # SQLSTATE 55P03: the lock could not be had in time. Everything else is an outage.
        if sqlstate(error) != "55P03":
            raise
        return 0
    n_seals = 0
    while _seal_up_to(last):
        n_seals += 1
    return n_seals


@transaction.atomic
def _last_settled_event() -> int:
    """Return an id below which no event can appear any more; 0 without events.

    The lock that this takes ends with the transaction: at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_last_settled_event()")
        (last,) = cursor.fetchone()
    return int(last)


@transaction.atomic
def _seal_up_to(last: int) -> bool:
    """Add one link to the chain; return whether there was anything to seal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_SEALING])
    before = Seal.objects.last()
    events = Event.objects.filter(pk__gt=before.last_event if before else 0, pk__lte=last).order_by("pk")
    rows = list(events[:_BATCH])
    if not rows:
        return False
    digest = bytes(before.digest) if before else chain.BEGINNING
    Seal.objects.create(last_event=rows[-1].pk, n_events=len(rows), digest=chain.extend(digest, rows))
    return True


@transaction.atomic
def note_inspection(results: Sequence[Mapping[str, object]]) -> Inspection:
    """Keep what an inspection found: a row for each invariant, with what did not hold. Two INSERTs."""
    broken = [result["code"] for result in results if result["found"]]
    inspection = Inspection.objects.create(results=list(results), n_broken=len(broken))
    inspection.refresh_from_db()
    record(Action.SITE_INSPECTED, inspection, actor=None, checked=len(results), broken=broken)
    return inspection
