"""A cache that forgets when its server is down, instead of taking the page down with it."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)


def _unless_down(name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """The client's method `name`, answering `answer(arguments)` while the server cannot be reached."""
    method = getattr(RedisCacheClient, name)

    @functools.wraps(method)
    def attempt(self: RedisCacheClient, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except (RedisConnectionError, RedisTimeoutError) as error:
            logger.warning("cache unreachable: %s: %s", name, error)
            return answer(*args, **kwargs)

    return attempt


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def _no(*args: Any, **kwargs: Any) -> bool:
    return False


def _missing(key: Any, delta: int) -> None:
    raise ValueError(f"Key '{key}' not found.")


class ForgetfulClient(RedisCacheClient):
    """Answers as an empty cache that stores nothing while the server cannot be reached."""

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
