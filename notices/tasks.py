"""Sweeps that find what has to be told, and tell it."""

from datetime import timedelta

from core.sweeps import sweep
from notices import services

# One run stays far below the broker's visibility timeout; what is left waits for the next minute.
MOST_A_RUN = 200


@sweep("notices.tasks.announce_due", every=timedelta(seconds=30))
def announce_due() -> int:
    """Promise a notice for what waits in the outbox, then hurry the deliveries."""
    announced = services.announce_due(MOST_A_RUN)
    if announced:
        deliver_due.delay_on_commit()  # type: ignore[attr-defined]  # the stubs know plain tasks only
    return announced


@sweep("notices.tasks.deliver_due", every=timedelta(minutes=1))
def deliver_due() -> int:
    """Send what is due by each channel."""
    return services.deliver_due(MOST_A_RUN)
