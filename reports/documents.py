"""A report's document as bytes: the same values always give the same bytes, hence the same digest."""

import hashlib
from collections.abc import Mapping
from typing import Any

from core.canonical import canonical


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(document)).hexdigest()
