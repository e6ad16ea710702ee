"""The one way to write the record, and to hand out what others are to be told."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Model
from django.db.models.functions import Now

from audit import chain, topics
from audit.actions import Action
from audit.models import Event, Inspection, Outbox, Seal
from core.attempts import Attempt, wait_after
from core.db import locks
from core.db.errors import sqlstate
from core.db.locks import LockSpace

# Events one seal covers at most: its transaction stays short.
_BATCH = 20_000


def record(
    action: str,
    subject: Model,
    *,
    actor: Model | None,
    authority: Model | None = None,
    round: Model | None = None,
    **details: object,
) -> None:
    """Record that `actor` did `action` to `subject`, in the caller's transaction.

    `action` is one of `Action`, or the code named by a row of an app's own table of states. `actor` is None
    if the clock acted. The event belongs to `round`, or to the round that the subject is or belongs to.
    `details` are JSON values: ids, codes, amounts in minor units; never names, contact data or a voter's
    choices. One INSERT, and one into the outbox if the action is announced (`topics.ANNOUNCED_ACTIONS`).
    Raises RuntimeError outside a transaction: a record that can survive its change is no record.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs in the transaction of the change it tells of")
    assert actor is None or actor._meta.label == settings.AUTH_USER_MODEL
    event = Event.objects.create(
        action=action,
        actor_id=actor.pk if actor is not None else None,
        authority_id=authority.pk if authority is not None else None,
        round_id=_round_id(subject, round),
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        details=details,
    )
    if action in topics.ANNOUNCED_ACTIONS:
        Outbox.objects.create(event=event)


def record_all(
    action: str,
    subjects: Iterable[tuple[Model, Mapping[str, object]]],
    *,
    actor: Model | None,
    authority: Model | None = None,
    round: Model | None = None,
) -> None:
    """Write one event for each subject with its details, as `record` does. One INSERT per 1,000, or two."""
    if not connection.in_atomic_block:
        raise RuntimeError("record_all() belongs in the transaction of the change it tells of")
    events = Event.objects.bulk_create(
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
    if action in topics.ANNOUNCED_ACTIONS:
        Outbox.objects.bulk_create((Outbox(event=event) for event in events), batch_size=1000)


def announce_again(subject: Model) -> None:
    """Put the announced events about `subject` back into the outbox.

    For a subject that now concerns an additional person; nobody is notified twice. Two statements.
    """
    events = Event.objects.filter(
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        action__in=topics.ANNOUNCED_ACTIONS,
    )
    Outbox.objects.bulk_create((Outbox(event=event) for event in events), ignore_conflicts=True)


def hand_out(handle: Callable[[Event], None], *, most: int) -> int:
    """Call `handle` with at most `most` due events of the outbox; return how many it handled.

    Each runs in its own transaction, which also removes the event from the outbox: if the process dies, the
    event stays. An event that fails stays with the class of its error and is retried after 1, 5, 30 minutes
    and so on, finally daily; the others continue. Raises an ExceptionGroup of the failures at the end. Two
    statements per event in addition to those of `handle`, however many were ever handed out.
    """
    n_handled = 0
    errors: list[Exception] = []
    while n_handled + len(errors) < most:
        attempt = _hand_out_next(handle)
        if attempt is None:
            break
        if attempt.error is None:
            n_handled += 1
        else:
            errors.append(attempt.error)
    if errors:
        raise ExceptionGroup("events of the outbox could not be handled", errors)
    return n_handled


@transaction.atomic
def _hand_out_next(handle: Callable[[Event], None]) -> Attempt | None:
    """Hand out the event that has waited longest; None if none is due. Skips what another process holds."""
    due = Outbox.objects.due().select_related("event")
    row = due.select_for_update(of=("self",), skip_locked=True).first()
    if row is None:
        return None
    attempt = Attempt()
    with attempt, transaction.atomic():
        handle(row.event)
    if attempt.error is None:
        row.delete()
    else:
        row.n_attempts += 1
        row.last_error = type(attempt.error).__name__[:60]
        row.due_at = Now() + wait_after(row.n_attempts)
        row.save(update_fields=["n_attempts", "last_error", "due_at"])
    return attempt


def _round_id(subject: Model, round: Model | None) -> int | None:
    """Return the id of the round an event is about. No query: a subject's round is not looked up."""
    if round is not None:
        return int(round.pk)
    if subject._meta.label == "rounds.Round":
        return int(subject.pk)
    found: int | None = getattr(subject, "round_id", None)
    return found


def seal_due() -> int:
    """Seal every event that no seal covers yet; return the number of seals made.

    Returns 0 if another transaction holds the table for more than 200 ms; the next run retries.
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
        cursor.execute("SELECT last_settled_event()")
        (last,) = cursor.fetchone()
    return int(last)


@transaction.atomic
def _seal_up_to(last: int) -> bool:
    """Add one link to the chain; return whether there was anything to seal."""
    locks.lock_exclusive(LockSpace.SEALS)
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
