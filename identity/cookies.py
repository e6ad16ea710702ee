"""What a visitor has chosen about cookies, and how the choice is written into one.

Necessary cookies are always there. The others exist only where somebody agreed to this version.
"""

import re
import uuid
from dataclasses import dataclass

# Raised where the cookies of a kind, or what is said about them, change; then everybody is asked again.
VERSION = 1

_FORM = re.compile(r"(\d{1,4})\.([01])([01])(?:\.([0-9a-f]{32}))?")


@dataclass(frozen=True, slots=True)
class Choice:
    """What one browser agreed to. `visitor` names it in the record; only where it agreed to something."""

    performance: bool
    targeting: bool
    visitor: uuid.UUID | None = None

    def __str__(self) -> str:
        known = f".{self.visitor.hex}" if self.visitor else ""
        return f"{VERSION}.{self.performance:d}{self.targeting:d}{known}"


def read(cookie: str) -> Choice | None:
    """Return the choice in a cookie; None where there is none, or it was made about another version."""
    match = _FORM.fullmatch(cookie)
    if match is None or int(match[1]) != VERSION:
        return None
    return Choice(match[2] == "1", match[3] == "1", uuid.UUID(match[4]) if match[4] else None)


def visitor_in(cookie: str) -> uuid.UUID | None:
    """Return who agreed, also where they agreed to an older version: a new choice takes its place."""
    match = _FORM.fullmatch(cookie)
    return uuid.UUID(match[4]) if match and match[4] else None
