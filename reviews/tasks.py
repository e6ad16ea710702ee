"""The sweep over what was published."""

from celery import shared_task

from reviews import services
from reviews.selectors import rounds_to_assign


@shared_task(acks_late=True)
def assign_due() -> int:
    """Assign what was published, and what waited for its category to get a department; return how many."""
    return sum(services.assign_due(round) for round in rounds_to_assign())
