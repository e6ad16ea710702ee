"""The database's clock, the one that decides whether a phase is open."""

from datetime import datetime

from django.db import connection


def database_clock() -> datetime:
    """Return the database's clock now, not at the start of the transaction: the one clock that decides."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now
