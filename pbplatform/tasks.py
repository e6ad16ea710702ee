"""A sign of life, so that `/healthz` can tell whether beat, broker and a worker work together."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

HEARTBEAT_KEY = "tasks:heartbeat"
# A heartbeat is sent every ten seconds; four missed ones in a row are a worker that is down or busy.
HEARTBEAT_KEPT_SECONDS = 45


@shared_task
def heartbeat() -> None:
    """Note that a task was scheduled, delivered and run just now."""
    cache.set(HEARTBEAT_KEY, timezone.now().isoformat(), HEARTBEAT_KEPT_SECONDS)
