"""The chain over the record: each event hashed on top of what came before. Plain functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.models import Event

BEGINNING = bytes(32)


def extend(digest: bytes, events: Iterable[Event]) -> bytes:
    """Return the digest after more events, in the order given."""
    for event in events:
        digest = hashlib.sha256(digest + line(event)).digest()
    return digest


def line(event: Event) -> bytes:
    """Write an event the one way that is hashed: JSON with sorted keys, without spaces."""
    return json.dumps(
        [
            event.pk,
            event.at.astimezone(UTC).isoformat(),
            event.action,
            event.actor_id,
            event.authority_id,
            event.subject_type,
            event.subject_id,
            event.details,
        ],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
