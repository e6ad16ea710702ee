"""A sign of life, so that `/healthz` can tell whether beat, broker and worker work together; inspections."""

import structlog
from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from audit.services import note_inspection
from pbplatform import invariants

log = structlog.get_logger(__name__)

HEARTBEAT_KEY = "tasks:heartbeat"
# A heartbeat is sent every ten seconds; four missed ones in a row are a worker that is down or busy.
HEARTBEAT_KEPT_SECONDS = 45


@shared_task
def heartbeat() -> None:
    """Note that a task was scheduled, delivered and run just now."""
    cache.set(HEARTBEAT_KEY, timezone.now().isoformat(), HEARTBEAT_KEPT_SECONDS)


@shared_task(acks_late=True)
def inspect() -> int:
    """Hold the site against its invariants, keep what was found, and return how many do not hold."""
    findings = invariants.inspect()
    for finding in findings:
        if finding.found:
            log.error("invariant_broken", code=finding.code, found=finding.found[:20])
    inspection = note_inspection([{"code": finding.code, "found": finding.found} for finding in findings])
    return inspection.n_broken
