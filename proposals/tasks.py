"""Sweeps over proposals."""

import functools
from datetime import timedelta

from celery import current_app
from django.db import transaction

from core.sweeps import sweep
from proposals import services
from proposals.lifecycle import State
from rounds.models import Round


@sweep("proposals.tasks.assign_due", every=timedelta(minutes=5))
def assign_due() -> None:
    """Assign published proposals whose category had no department when they were published."""
    for round in Round.objects.filter(
        proposals__state=State.PUBLISHED,
        proposals__review=None,
        proposals__category__department__isnull=False,
    ).distinct():
        services.assign_due(round)


def hurry_screening() -> None:
    """Wake the sweep that fills the screening queue, once this transaction has been committed.

    By name, since the queue lives further up. Without a broker the sweep comes by itself.
    """
    wake = functools.partial(current_app.send_task, "moderation.tasks.screen_due", retry=False)
    transaction.on_commit(wake, robust=True)
