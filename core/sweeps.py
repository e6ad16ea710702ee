"""Sweeps: periodic work, declared once at the task. Beat, the status page and the documents follow.

A sweep looks in a table for what is due, so a lost, late or duplicate message only changes the minute of the
work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from celery import shared_task
from celery.app.task import Task
from django.core.cache import cache

P = ParamSpec("P")
R = TypeVar("R")

# The time that a restarting broker or worker, or one long run, can cost before anyone is alerted.
_GRACE = timedelta(minutes=2)
_BEGUN = "sweeps:begun"


@dataclass(frozen=True, slots=True)
class Sweep:
    """A task that beat sends every so often, and the first sentence of what it does."""

    task: str
    every: timedelta
    does: str

    @property
    def patience(self) -> timedelta:
        """The delay after its last run that makes it late: three intervals and two minutes."""
        return 3 * self.every + _GRACE


# Filled as the modules named `tasks` are imported, which `PlatformConfig.ready` does in every process.
SWEEPS: dict[str, Sweep] = {}


def sweep(name: str, *, every: timedelta) -> Callable[[Callable[P, R]], Task[P, R]]:
    """Declare a function without arguments to be a task that beat sends `every` so often.

    `name` is the module's and the function's on the day it is written, and stays when they move: messages
    under way, the sign of its last run and operators' alarms know the task by it.
    """

    def declare(function: Callable[P, R]) -> Task[P, R]:
        task: Task[P, R] = shared_task(name=name)(function)
        does = (function.__doc__ or "").strip().splitlines()[0]
        SWEEPS[task.name] = Sweep(task.name, every, does)
        return task

    return declare


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return what beat sends and when.

    `expires` keeps a worker that was away from doing the same sweep once for every time it missed.
    """
    return {
        each.task: {
            "task": each.task,
            "schedule": each.every,
            "options": {"expires": each.every.total_seconds()},
        }
        for each in SWEEPS.values()
    }


def note_run(task: str, now: datetime) -> None:
    """Keep in the cache that a sweep ran to its end; of other tasks nothing is kept."""
    if task in SWEEPS:
        cache.add(_BEGUN, now, timeout=None)
        cache.set(_key(task), now, timeout=None)


def late(now: datetime) -> list[Sweep]:
    """Return the sweeps that have not run to their end for longer than their patience, by name.

    One that has not run yet is measured from the first run of any; an empty cache knows of none that is late.
    One request to the cache.
    """
    ran = cache.get_many([_BEGUN, *map(_key, SWEEPS)])
    begun = ran.get(_BEGUN, now)
    return [each for name, each in sorted(SWEEPS.items()) if now - ran.get(_key(name), begun) > each.patience]


def _key(task: str) -> str:
    return f"sweeps:ran:{task}"
