"""What the clock does for the record."""

from celery import shared_task

from audit import services


@shared_task(acks_late=True)
def seal_due() -> int:
    """Seal what was recorded since the last seal."""
    return services.seal_due()
