"""The chain over the record: each event hashed on top of what came before. Plain functions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC
from typing import TYPE_CHECKING

from core.canonical import canonical

if TYPE_CHECKING:
    from audit.models import Event

BEGINNING = bytes(32)


def extend(digest: bytes, events: Iterable[Event]) -> bytes:
    """Return the digest after more events, in the order given."""
    for event in events:
        digest = hashlib.sha256(digest + line(event)).digest()
    return digest


def line(event: Event) -> bytes:
    """Write an event the one way that is hashed: JSON with sorted keys, without spaces.

    An event of no round is written as every event was before they had one: what was sealed stays sealed.
    """
    parts = [
        event.pk,
        event.at.astimezone(UTC).isoformat(),
        event.action,
        event.actor_id,
        event.authority_id,
        event.subject_type,
        event.subject_id,
        event.details,
    ]
    if event.round_id is not None:
        parts.append(event.round_id)
    return canonical(parts)
