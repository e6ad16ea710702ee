"""Tasks of the whole platform: a sign of life, inspections, removal of expired data."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.core.cache import cache
from django.utils import timezone

from audit.selectors import last_inspection
from audit.services import note_inspection
from core.db import locks
from core.db.locks import LockSpace
from core.sweeps import sweep
from pbplatform.operations import invariants, retention

log = structlog.get_logger(__name__)

HEARTBEAT_KEY = "tasks:heartbeat"
# A heartbeat is sent every ten seconds; four missed ones in a row are a worker that is down or busy.
HEARTBEAT_KEPT_SECONDS = 45
# An inspection that is older is made again.
INSPECTION_HOLDS = timedelta(hours=1)


@sweep("pbplatform.operations.tasks.heartbeat", every=timedelta(seconds=10))
def heartbeat() -> None:
    """Note that a task was scheduled, delivered and run just now."""
    cache.set(HEARTBEAT_KEY, timezone.now().isoformat(), HEARTBEAT_KEPT_SECONDS)


# Inspects once an hour; looks every minute, so that a site that has just begun need not wait for it.
@sweep("pbplatform.operations.tasks.inspect_due", every=timedelta(minutes=1))
def inspect_due() -> int | None:
    """Check the site's invariants unless done within the hour, and keep the findings.

    Returns the number of violations; None if nothing was due or another process is checking.
    """
    with _inspecting() as is_mine:
        last = last_inspection()
        if not is_mine or (last is not None and timezone.now() - last.made_at < INSPECTION_HOLDS):
            return None
        findings = invariants.inspect()
        for finding in findings:
            if finding.found:
                log.error("invariant_broken", code=finding.code, found=finding.found[:20])
        return note_inspection(
            [{"code": finding.code, "found": finding.found} for finding in findings]
        ).n_broken


@contextmanager
def _inspecting() -> Iterator[bool]:
    """Claim the inspection for this process: on a large site it takes longer than the sweep's interval."""
    is_mine = locks.take_if_free(LockSpace.INSPECTION)
    try:
        yield is_mine
    finally:
        if is_mine:
            locks.give_back(LockSpace.INSPECTION)


# Due within a day: more often than daily, since a restart of beat begins the wait again.
@sweep("pbplatform.operations.tasks.remove_due", every=timedelta(hours=6))
def remove_due() -> int:
    """Remove expired personal data; return the number of rows."""
    return sum(retention.remove_due(timezone.now()).values())
