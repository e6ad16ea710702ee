"""Days: an instant falls on one day here and on another there, so each question about a day names a zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def day_in(zone: str, moment: datetime) -> date:
    """Return the day a moment falls on in a time zone, an IANA name such as "Asia/Seoul"."""
    return moment.astimezone(ZoneInfo(zone)).date()


def last_day(zone: str, closes_at: datetime) -> date:
    """Return the last day on which something that closes at `closes_at` (excluded) is still open there."""
    return day_in(zone, closes_at - timedelta(microseconds=1))
