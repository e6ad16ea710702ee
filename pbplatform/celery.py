"""The Celery application: what runs in the background, and when.

Every periodic task is a sweep that looks in a table for what is due, so a message that is
lost, late or delivered twice changes nothing but the minute at which the work is done.
"""

from __future__ import annotations

import functools
import os
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import transaction

from pbplatform.operations import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pbplatform.settings.production")


class Task(DjangoTask):  # type: ignore[type-arg] # generic in the stubs alone
    """A task whose broker may be down: what was committed stays committed and the sweep follows."""

    abstract = True

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> Any:
        """Send the task after commit, returning None; log, not raise, if the broker is unreachable."""
        transaction.on_commit(functools.partial(self.delay, *args, **kwargs), robust=True)


app = Celery("pbplatform", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Not an app of its own.
app.autodiscover_tasks(["pbplatform.operations"])
logs.connect()


# One line a sweep, sorted by name. `expires` keeps a worker that was away from doing the same
# sweep once for every minute it missed.
SWEEPS: dict[str, timedelta] = {
    "audit.tasks.seal_due": timedelta(minutes=1),
    "moderation.tasks.screen_due": timedelta(seconds=30),
    "notices.tasks.announce_due": timedelta(seconds=30),
    "notices.tasks.deliver_due": timedelta(minutes=1),
    "pbplatform.operations.tasks.heartbeat": timedelta(seconds=10),
    # Inspects once an hour; looks every minute, so that a site that has just begun need not wait for it.
    "pbplatform.operations.tasks.inspect_due": timedelta(minutes=1),
    # What is due within a day: more often than daily, since a restart of beat begins the wait anew.
    "pbplatform.operations.tasks.remove_due": timedelta(hours=6),
    "reviews.tasks.assign_due": timedelta(seconds=30),
    "voting.publication.tasks.bundle_due": timedelta(minutes=1),
    "voting.counting.tasks.count_due": timedelta(seconds=30),
    "voting.ballots.tasks.sequence_due": timedelta(minutes=1),
}
app.conf.beat_schedule = {
    name: {"task": name, "schedule": every, "options": {"expires": every.total_seconds()}}
    for name, every in SWEEPS.items()
}
