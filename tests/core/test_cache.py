"""The cache forgets, and nothing more, when its server is down."""

import pytest
from django.core.cache import cache, caches

from core.cache import FailOpenRedisCache


@pytest.fixture
def unreachable():
    return FailOpenRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_timeout": 0.1}})


def test_a_cache_that_is_down_answers_as_an_empty_one(unreachable):
    unreachable.set("name", "value")

    assert unreachable.get("name", "fallback") == "fallback"
    assert unreachable.get_many(["name"]) == {}
    assert unreachable.add("name", "value") is False
    assert unreachable.touch("name") is False
    assert unreachable.delete("name") is False
    assert "name" not in unreachable
    with pytest.raises(ValueError, match="not found"):
        unreachable.incr("name")


def test_a_cache_that_is_up_keeps_what_it_is_given():
    cache.set("name", "value", 30)

    assert cache.get("name", "fallback") == "value"
    assert cache.get_many(["name"]) == {"name": "value"}


def test_counting_counts():
    cache.set("count", 1, 30)

    assert cache.incr("count") == 2


def test_the_tests_run_on_the_cache_of_production():
    assert isinstance(caches["default"], FailOpenRedisCache)
