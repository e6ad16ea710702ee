"""Reads of the record: if its seals hold, what the last inspection found, and what waits in the outbox."""

from collections.abc import Iterator
from datetime import datetime

from audit import chain
from audit.models import Event, Inspection, Outbox, Seal

_CHUNK = 2000


def breaks_of_chain(*, seals: int | None = None) -> Iterator[str]:
    """Yield each mismatch in the chain of seals; nothing if the record is sound.

    With `seals`, recompute only that many of the last ones. One streamed query per seal.
    """
    rows = list(Seal.objects.order_by("last_event"))
    first = max(0, len(rows) - seals) if seals is not None else 0
    for place in range(first, len(rows)):
        seal = rows[place]
        before = rows[place - 1] if place else None
        events = Event.objects.filter(pk__gt=before.last_event if before else 0, pk__lte=seal.last_event)
        n_events, digest = 0, bytes(before.digest) if before else chain.BEGINNING
        for event in events.order_by("pk").iterator(chunk_size=_CHUNK):
            n_events += 1
            digest = chain.extend(digest, [event])
        if n_events != seal.n_events:
            yield f"{n_events} events up to {seal.last_event} where {seal.n_events} were sealed"
        elif digest != bytes(seal.digest):
            yield f"an event up to {seal.last_event} is not what was sealed"


def last_seal() -> Seal | None:
    """Return the newest link of the chain. One query."""
    return Seal.objects.last()


def last_inspection() -> Inspection | None:
    """Return the newest inspection. One query."""
    return Inspection.objects.last()


def n_unannounced(since: datetime) -> int:
    """Return how many events have waited in the outbox since `since` or longer. One query."""
    return Outbox.objects.filter(event__at__lt=since).count()
