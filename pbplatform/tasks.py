"""What concerns the whole platform: a sign of life, inspections, removing what was kept long enough."""

import structlog
from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from audit.services import note_inspection
from pbplatform import invariants, retention

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


@shared_task(acks_late=True)
def remove_due() -> int:
    """Remove personal data whose time has come; return how many rows."""
    return sum(retention.remove_due(timezone.now()).values())
