"""Health of the platform, for the people and programs that restart or route it.

`/healthz` is answered before anything else sees the request: a probe comes by an address of the inner
network, without TLS, and must be answered even if sessions or the cache are down.
"""

from __future__ import annotations

from collections.abc import Callable

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

from pbplatform.operations.tasks import HEARTBEAT_KEY

PATH = "/healthz"


def database_answers() -> bool:
    """Return whether the database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def broker_answers() -> bool:
    """Return whether the broker answers one request; half a second each to connect and to answer."""
    # redis-py retries ten times by default, and a probe of a dead broker would last four seconds.
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def worker_answers() -> bool:
    """Return whether beat scheduled, the broker carried and a worker ran a task within 45 seconds."""
    return cache.get(HEARTBEAT_KEY) is not None


def state() -> dict[str, str]:
    """Each part's state, and the whole's: `ok`; `degraded`, when pages work and tasks wait; `down`."""
    parts = {"database": database_answers(), "broker": broker_answers(), "worker": worker_answers()}
    whole = "ok" if all(parts.values()) else "degraded" if parts["database"] else "down"
    return {"status": whole} | {name: "ok" if works else "down" for name, works in parts.items()}


class HealthProbe:
    """Middleware that answers `/healthz`: 200 while pages can be served, 503 when they cannot.

    A worker that is down leaves it 200 and says `degraded`: restarting the web server would not help.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != PATH:
            return self._get_response(request)
        answer = state()
        response = JsonResponse(answer, status=503 if answer["status"] == "down" else 200)
        response.headers["Cache-Control"] = "no-store"
        return response
