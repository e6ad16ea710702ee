"""The demo: a whole synthetic round and an open one in each phase, made by services only."""

from collections.abc import Callable

from pbplatform.demo import foundation

# Called with what is being loaded, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]

# Lines that tell how to sign in.
ACCOUNTS: list[str] = []


def load(progress: Progress) -> None:
    """Load the demo. What is there already is left alone, so an interrupted load is taken up again."""
    foundation.authority()
    progress("areas", 22, 22)
