"""Locks that keep an act from slipping in behind a change of phase.

Acts inside a phase take a round's shared lock, whatever ends the phase the exclusive one, and both
read the clock only after they hold it. Held until the transaction ends.
"""

from datetime import datetime

from django.db import connection

# First key of PostgreSQL's two-key advisory locks; the second is the round's id.
_ROUND = 7001


def share(round_id: int) -> None:
    """Hold the round open for this transaction, beside other acts. One statement."""
    _take("pg_advisory_xact_lock_shared", round_id)


def exclude(round_id: int) -> None:
    """Wait for acts in flight, then keep new ones out until this transaction ends. One statement."""
    _take("pg_advisory_xact_lock", round_id)


def _take(function: str, round_id: int) -> None:
    assert connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_ROUND, round_id])


def database_clock() -> datetime:
    """Return the database's clock now, not at the start of the transaction: the one clock that decides."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now
