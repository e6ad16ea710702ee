"""A cache that forgets when its server is down, instead of taking the page down with it.

What only speeds a page up is then missing. What limits attempts is counted in this process meanwhile:
forgotten limits would let a code be guessed, and a refusal of everybody would keep voters from signing in.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)

# After a failure the server is left alone for so long: a page that looks up five things waits once.
REST_SECONDS = 1.0
# Keys of the limits on signing in, codes and second factors (allauth's).
LIMITS = "allauth:rl:"
# Shared by the threads of a process, as the cache itself is by all processes.
_limits = LocMemCache("limits-during-an-outage", {"TIMEOUT": 3600, "OPTIONS": {"MAX_ENTRIES": 100_000}})
# By servers: until when they are left alone, on this process's monotonic clock.
_resting: dict[str, float] = {}


def _unless_down(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """The client's method `name`, answering `answer(arguments)` while the server cannot be reached."""
    method = getattr(RedisCacheClient, name)

    @functools.wraps(method)
    def attempt(self: ForgetfulClient, *args: Any, **kwargs: Any) -> Any:
        servers = ",".join(self._servers)
        if time.monotonic() >= _resting.get(servers, 0.0):
            try:
                return method(self, *args, **kwargs)
            except (RedisConnectionError, RedisTimeoutError) as error:
                _resting[servers] = time.monotonic() + REST_SECONDS
                logger.warning("cache unreachable: %s: %s", name, error)
        if args and isinstance(args[0], str) and LIMITS in args[0]:
            return getattr(_limits, name)(*args, **kwargs)
        return answer(*args, **kwargs)

    return attempt


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def _no(*args: Any, **kwargs: Any) -> bool:
    return False


def _missing(key: Any, delta: int) -> None:
    raise ValueError(f"Key '{key}' not found.")


class ForgetfulClient(RedisCacheClient):
    """Answers as an empty cache that stores nothing while the server cannot be reached; but counts limits."""

    # Set by the class above; the stubs leave it out.
    _servers: list[str]

    add = _unless_down("add", _no)
    get = _unless_down("get", lambda key, default: default)
    set = _unless_down("set", _nothing)
    touch = _unless_down("touch", _no)
    delete = _unless_down("delete", _no)
    get_many = _unless_down("get_many", lambda keys: {})
    has_key = _unless_down("has_key", _no)
    incr = _unless_down("incr", _missing)
    set_many = _unless_down("set_many", _nothing)
    delete_many = _unless_down("delete_many", _nothing)
    clear = _unless_down("clear", _no)


class FailOpenRedisCache(RedisCache):
    """Django's Redis cache over a client that answers as if empty while the server is down."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgetfulClient
