"""Pages during an outage of the database or a key."""

import re

import psycopg2
import pytest
from django.core.cache import cache
from django.db import DatabaseError, OperationalError, ProgrammingError, connection
from django.test import Client, RequestFactory

from core import cache as caching
from pbplatform.operations.outages import is_outage, posted, server_error, unavailable
from tests.factories import make_account


@pytest.mark.django_db
def test_a_server_that_died_under_a_statement_is_an_outage_and_what_it_refuses_is_not():
    died = DatabaseError("server closed the connection unexpectedly")
    died.__cause__ = psycopg2.DatabaseError("server closed the connection unexpectedly")
    with pytest.raises(ProgrammingError) as refused, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")

    assert refused.value.__cause__.pgcode == "42P01"
    assert [is_outage(error) for error in (died, refused.value, DatabaseError("of the code"))] == [
        True,
        False,
        False,
    ]


@pytest.fixture
def broken_pages(monkeypatch):
    """Make the start page and a choice of cookies fail as when the database is restarted under them."""

    def fail(*args, **kwargs):
        raise OperationalError("terminating connection due to administrator command: secret=1")

    monkeypatch.setattr("pbplatform.site.views.selectors.rounds_at_a_glance", fail)
    monkeypatch.setattr("pbplatform.site.cookies.services.choose_cookies", fail)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "The site is not available right now"), ("ko", '<html lang="ko">'), ("th", '<html lang="th">')],
)
@pytest.mark.django_db
def test_f05_a_page_without_its_database_answers_503_in_the_readers_language(
    broken_pages, client, language, words
):
    answer = client.get("/", headers={"Accept-Language": language})

    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "10", "no-store")
    assert words in page
    assert "secret" not in page
    assert "Traceback" not in page
    assert "script" not in page


@pytest.mark.django_db
def test_f05_what_was_posted_can_be_sent_again_as_it_was(broken_pages, client):
    answer = client.post("/cookies/?x=1", {"text": 'Help & "advice"\nplease', "more": ["1", "2"]})

    page = answer.content.decode()
    assert answer.status_code == 503
    assert 'action="/cookies/?x=1"' in page
    assert re.findall(r'name="(\w+)" value="([^"]*)"', page) == [
        ("text", "Help &amp; &quot;advice&quot;\nplease"),
        ("more", "1"),
        ("more", "2"),
    ]


def test_neither_passwords_nor_files_nor_long_texts_are_written_into_the_page():
    forms = RequestFactory()
    kept = forms.post("/", {"text": "x"})
    password = forms.post("/", {"login": "a@example.org", "new_password1": "secret"})
    long = forms.post("/", {"text": "x" * 200_001})

    assert posted(kept) == [("text", "x")]
    assert posted(password) == posted(long) == posted(forms.get("/?text=x")) == []
    answer = unavailable(password, OperationalError())
    assert b"secret" not in answer.content
    assert "Back button" in answer.content.decode()


def test_a_fault_of_ours_stays_a_500_and_an_outage_below_a_middleware_is_a_503():
    def answer(error):
        try:
            raise error
        except type(error):
            return server_error(RequestFactory().get("/"))

    assert answer(ValueError("secret")).status_code == 500
    assert b"secret" not in answer(ValueError("secret")).content
    assert answer(OperationalError("secret")).status_code == 503


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # Full disk, failed read, shutting down; then what a server says of a quota used up.
        ("53100", True),
        ("58030", True),
        ("57P01", True),
        ("XX000", True),
        # What a guard of ours says, a duplicate, a statement that is wrong: trying again does not help.
        ("P0001", False),
        ("VB001", False),
        ("23505", False),
        ("42601", False),
    ],
)
def test_f06_a_server_that_fails_is_an_outage_and_one_that_refuses_is_not(code, expected):
    with pytest.raises(DatabaseError) as raised, connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")

    assert is_outage(raised.value) is expected


@pytest.fixture
def cache_down(monkeypatch):
    """The cache's server cannot be reached, as the breaker sees it."""
    servers = ",".join(cache._cache._servers)
    monkeypatch.setitem(caching._resting, servers, float("inf"))
    caching._limits.clear()
    return servers


@pytest.mark.django_db
def test_f07_limits_on_sign_in_hold_while_the_cache_is_down_and_the_owner_is_let_in(cache_down):
    owner = make_account("owner@example.org")
    owner.set_password("right-and-long-enough")
    owner.save()
    owner.emailaddress_set.create(email=owner.email, verified=True, primary=True)
    make_account("other@example.org")

    def sign_in(address, password):
        return Client().post("/accounts/login/", {"login": address, "password": password})

    assert sign_in("owner@example.org", "right-and-long-enough").status_code == 302
    for _ in range(5):
        sign_in("other@example.org", "wrong")
    page = sign_in("other@example.org", "wrong").content.decode()

    assert "Too many failed" in page
