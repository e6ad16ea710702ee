"""Locks that keep an act from slipping in behind a change of phase.

Acts inside a phase take a round's shared lock, whatever ends the phase the exclusive one, and both
read the clock only after they hold it. Held until the transaction ends.
"""

from core.db import locks
from core.db.locks import LockSpace


def lock_calendar_shared(round_id: int) -> None:
    """Hold the round open for this transaction, shared with other acts. One statement."""
    locks.lock_shared(LockSpace.ROUND, round_id)


def lock_calendar_exclusive(round_id: int) -> None:
    """Wait for acts in flight, then keep new ones out until this transaction ends. One statement."""
    locks.lock_exclusive(LockSpace.ROUND, round_id)
