"""Sweeps over proposals."""

from celery import shared_task

from proposals import services
from rounds.models import Round


@shared_task(acks_late=True)
def assign_due() -> None:
    """Assign published proposals whose category had no department when they were published."""
    for round in Round.objects.filter(
        proposals__state="published", proposals__review=None, proposals__category__department__isnull=False
    ).distinct():
        services.assign_due(round)
