"""A visitor's cookie choices, and how they are stored in a cookie.

Necessary cookies are always set. The others exist only if somebody agreed to this version.
"""

import re
import uuid
from dataclasses import dataclass

# Raised when the cookies of a kind, or the text about them, change; everybody is then asked again.
VERSION = 1

_FORM = re.compile(r"(\d{1,4})\.([01])([01])(?:\.([0-9a-f]{32}))?")


@dataclass(frozen=True, slots=True)
class Choice:
    """The choices of one browser. `visitor` identifies it in the record, only if it agreed to anything."""

    performance: bool
    targeting: bool
    visitor: uuid.UUID | None = None

    def __str__(self) -> str:
        known = f".{self.visitor.hex}" if self.visitor else ""
        return f"{VERSION}.{self.performance:d}{self.targeting:d}{known}"


def read(cookie: str) -> Choice | None:
    """Return the choice in a cookie; None if there is none or it was made about another version."""
    match = _FORM.fullmatch(cookie)
    if match is None or int(match[1]) != VERSION:
        return None
    return Choice(match[2] == "1", match[3] == "1", uuid.UUID(match[4]) if match[4] else None)


def visitor_in(cookie: str) -> uuid.UUID | None:
    """Return the visitor who agreed, even to an older version: a new choice replaces it."""
    match = _FORM.fullmatch(cookie)
    return uuid.UUID(match[4]) if match and match[4] else None
