"""A device that stands at a desk for everybody to vote on, one after the other, in one round.

It is known by a signed cookie that a clerk sets, which ends with the vote. The cookie names the round and
nobody; whoever copies it to another device gets there what a kiosk has: fewer pages, and forgetting.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.core import signing

COOKIE = "kiosk"
_SALT = "voting.ballots.kiosks"
# A session on a kiosk dies by itself after this long without a page, where no script counts down.
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
