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


def _unless_down(name: str, answer: Any) -> Callable[..., Any]:
    method = getattr(RedisCacheClient, name)

    @functools.wraps(method)
    def attempt(self: RedisCacheClient, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except (RedisConnectionError, RedisTimeoutError) as error:
            logger.warning("cache unreachable: %s: %s", name, error)
            return answer

    return attempt


class ForgetfulClient(RedisCacheClient):
    """Answers as an empty cache that stores nothing while the server cannot be reached."""

    add = _unless_down("add", False)
    set = _unless_down("set", None)
    touch = _unless_down("touch", False)
    delete = _unless_down("delete", False)
    has_key = _unless_down("has_key", False)
    set_many = _unless_down("set_many", None)
    delete_many = _unless_down("delete_many", None)
    clear = _unless_down("clear", False)

    def get(self, key: str, default: Any) -> Any:
        try:
            return super().get(key, default)
        except (RedisConnectionError, RedisTimeoutError) as error:
            logger.warning("cache unreachable: get: %s", error)
            return default

    def get_many(self, keys: list[str]) -> dict[str, Any]:
        try:
            return super().get_many(keys)
        except (RedisConnectionError, RedisTimeoutError) as error:
            logger.warning("cache unreachable: get_many: %s", error)
            return {}

    def incr(self, key: str, delta: int) -> Any:
        try:
            return super().incr(key, delta)
        except (RedisConnectionError, RedisTimeoutError) as error:
            logger.warning("cache unreachable: incr: %s", error)
            raise ValueError(f"Key '{key}' not found.") from error


class FailOpenRedisCache(RedisCache):
    """Django's Redis cache over a client that answers as if empty while the server is down."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgetfulClient
