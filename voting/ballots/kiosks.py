"""Kiosks: shared devices on which people vote one after the other, in one round.

A kiosk is recognised by a signed cookie that a clerk sets, which expires with the vote. The cookie names the
round and nobody. Someone who copies it to another device only gets a kiosk there: fewer pages, and
forgetting.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.core import signing

COOKIE = "kiosk"
_SALT = "voting.ballots.kiosks"
# A session on a kiosk expires after this long without a page, if no script counts down.
SESSION_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Kiosk:
    """For which round a device is a kiosk, by slugs, and until when."""

    authority: str
    round: str
    ends_at: datetime

    @property
    def cookie(self) -> str:
        """The value of the cookie, signed."""
        return signing.dumps([self.authority, self.round, int(self.ends_at.timestamp())], salt=_SALT)


def read(cookie: str, *, now: datetime) -> Kiosk | None:
    """Return what the cookie says; None if it was not signed here, or has ended."""
    try:
        authority, round, ends = signing.loads(cookie, salt=_SALT)
    except signing.BadSignature:
        return None
    kiosk = Kiosk(authority, round, datetime.fromtimestamp(ends, UTC))
    return kiosk if now < kiosk.ends_at else None
