"""Work through a batch item by item, and try again later what failed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from types import TracebackType

# Waits after the first, second, … failed attempt.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))


class Attempt(AbstractContextManager["Attempt"]):
    """Hold an error of the block back as `error`, so that the rest of a batch goes on.

    The caller notes what failed and raises the errors it held once the batch is through. What ends the
    process (KeyboardInterrupt, SystemExit) is not held back.
    """

    error: Exception | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            self.error = error
        return self.error is not None


def wait_after(n_attempts: int) -> timedelta:
    """Return the wait after a number of failed attempts, 1 or more; the longest wait repeats."""
    return WAITS[min(n_attempts, len(WAITS)) - 1]
