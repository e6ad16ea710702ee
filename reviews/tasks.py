"""The sweep over what was published."""

from datetime import timedelta

from core.sweeps import sweep
from reviews import services
from reviews.selectors import rounds_to_assign


@sweep("reviews.tasks.assign_due", every=timedelta(seconds=30))
def assign_due() -> int:
    """Assign what was published, and what waited for its category to get a department; return how many."""
    return sum(services.assign_due(round) for round in rounds_to_assign())
