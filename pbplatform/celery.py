"""The Celery application: background work. Schedules are declared at each task (`core.sweeps`).

Tasks are found as Django starts, in `pbplatform.apps`.
"""

from __future__ import annotations

import functools
import os
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import transaction
from django.utils import timezone

from core import sweeps
from pbplatform.operations import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pbplatform.settings.production")


class Task(DjangoTask):  # type: ignore[type-arg] # generic in the stubs alone
    """A task that tolerates a broker that is down: committed data stays committed and the sweep follows."""

    abstract = True

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> Any:
        """Send the task after commit, returning None; log, not raise, if the broker is unreachable."""
        transaction.on_commit(functools.partial(self.delay, *args, **kwargs), robust=True)

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        """Leave the sign that tells the status page if a sweep runs or is late."""
        sweeps.note_run(self.name, timezone.now())


app = Celery("pbplatform", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
logs.connect()
