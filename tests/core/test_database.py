"""A kept connection is used again, and replaced before use once its other end is gone."""

from collections.abc import Iterator

import psycopg2
import pytest
from django.db import connection

from tests.peers import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other() -> Iterator[psycopg2.extensions.cursor]:
    """A cursor of another connection, each statement committed."""
    connection.ensure_connection()
    opened = psycopg2.connect(**connection.get_connection_params())
    opened.autocommit = True
    with opened.cursor() as cursor:
        yield cursor
    opened.close()


def _next_request() -> int:
    """Use the connection as the next request would; return which of the server's processes answers."""
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_connection_that_is_well_is_used_again():
    first = _next_request()

    assert [_next_request(), _next_request()] == [first, first]


def test_a_connection_that_the_server_has_thrown_out_is_replaced_before_it_is_used(other):
    first = _next_request()
    other.execute("SELECT pg_terminate_backend(%s)", [first])

    def is_gone() -> bool:
        other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [first])
        return other.fetchone() is None

    wait_for(is_gone, "the end of the connection")

    assert _next_request() != first
