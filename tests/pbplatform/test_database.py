"""A kept connection costs no question while it is well, and is replaced before use once it is not."""

import select
from collections.abc import Iterator

import psycopg2
import pytest
from django.db import ProgrammingError, connection
from django.db.backends.postgresql.base import DatabaseWrapper

from tests.peers import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch) -> list[bool]:
    """What Django's own question to the server has answered so far."""
    answers: list[bool] = []
    ask = DatabaseWrapper.is_usable

    def noted(self: DatabaseWrapper) -> bool:
        answers.append(ask(self))
        return answers[-1]

    monkeypatch.setattr(DatabaseWrapper, "is_usable", noted)
    return answers


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


def test_a_connection_that_is_well_is_used_again_without_a_question(asked):
    first = _next_request()

    assert [_next_request(), _next_request()] == [first, first]
    assert asked == []


def test_a_connection_that_the_server_has_thrown_out_is_replaced_before_it_is_used(asked, other):
    first = _next_request()
    other.execute("SELECT pg_terminate_backend(%s)", [first])

    def is_gone() -> bool:
        other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [first])
        return other.fetchone() is None

    wait_for(is_gone, "the end of the connection")

    assert _next_request() != first
    assert asked == [False]


def test_where_something_was_said_unasked_the_server_is_asked_and_the_connection_kept(asked, other):
    first = _next_request()
    with connection.cursor() as cursor:
        cursor.execute("LISTEN news")
    other.execute("NOTIFY news")
    arrived, _, _ = select.select([connection.connection], [], [], 30)

    assert arrived
    assert _next_request() == first
    assert asked == [True]


def test_a_query_that_failed_is_followed_by_the_question(asked):
    first = _next_request()
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column")

    assert _next_request() == first
    assert asked == [True]
