"""Waking the sweep that what was written waits for."""

import functools

from celery import current_app
from django.db import transaction


def hurry_screening() -> None:
    """Wake the sweep that fills the screening queue, once this transaction has been committed.

    By name, since the queue lives further up. Without a broker the sweep comes by itself.
    """
    wake = functools.partial(current_app.send_task, "moderation.tasks.screen_due", retry=False)
    transaction.on_commit(wake, robust=True)
