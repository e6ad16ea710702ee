"""A page says once whom it lets in and which methods it answers; the desk and the table of access follow."""

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from core.web.pages import Row, Who, routes
from identity.models import Account
from identity.roles import Permission, Role
from pbplatform.access import LIBRARIES, ROUTES, row_of
from rounds.models import Round
from tests.factories import make_account, make_authority, make_official, make_round

PLUGGED_IN = override_settings(ROOT_URLCONF="tests.access.plugged_in_urls")


@pytest.fixture
def round() -> Round:
    authority = make_authority(slug="here")
    make_round(authority, slug="plain", title={"en": "Plain"})
    return make_round(authority, slug="brought", title={"en": "Brought"}, is_imported=True)


@pytest.fixture
def moderator(round: Round) -> Account:
    return make_official(round.authority, Role.MODERATOR)


def _as(account: Account | None) -> Client:
    client = Client()
    if account is not None:
        client.force_login(account)
    return client


@PLUGGED_IN
@pytest.mark.django_db
def test_a_page_that_names_its_line_stands_on_the_desk_with_what_waits(moderator):
    works = _as(moderator).get("/here/desk/").context["works"]

    assert [(work.name, work.url, work.count, work.late) for work in works] == [
        ("Screening", "/here/desk/queue/", 0, 0),
        ("Appeals", "/here/desk/appeals/", 2, 1),
        # Of two rounds the one of which the page says that there is something to do on it.
        ("Brought: Sort", "/here/desk/brought/sort/", None, 0),
    ]


@PLUGGED_IN
@pytest.mark.django_db
def test_it_stands_on_nobodys_desk_who_may_not_open_it(round):
    observer = make_official(round.authority, Role.OBSERVER)

    names = [work.name for work in _as(observer).get("/here/desk/").context["works"]]

    assert names == ["Brought: Observe", "Plain: Observe", "Lower-level authorities"]


@PLUGGED_IN
@pytest.mark.django_db
def test_it_lets_in_whom_it_says_and_answers_the_others_by_one_rule(round, moderator):
    answers = {
        name: _as(account).get("/here/desk/appeals/").status_code
        for name, account in {
            "visitor": None,
            "resident": make_account(),
            "official of elsewhere": make_official(make_authority(), Role.MODERATOR),
            "colleague": make_official(round.authority, Role.CLERK),
            "moderator": moderator,
        }.items()
    }

    assert answers == {
        "visitor": 302,
        "resident": 404,
        "official of elsewhere": 404,
        "colleague": 403,
        "moderator": 200,
    }
    client = _as(moderator)
    assert client.get("/here/desk/appeals/").content.decode() == f"{moderator.email} for here"
    assert client.get("/nowhere/desk/appeals/").status_code == 404
    assert client.post("/here/desk/brought/sort/").content.decode() == "brought"
    assert client.post("/here/desk/nothing/sort/").status_code == 404


@PLUGGED_IN
def test_the_table_has_a_row_for_it_and_none_for_a_view_that_says_nothing():
    assert ROUTES["appeals"] == Row(Permission.SCREEN)
    assert row_of("sort") == Row(Permission.SCREEN)
    assert "silent" not in ROUTES
    assert "silent" in {route.name for route in routes()}


def test_the_table_is_that_of_the_addresses_in_force():
    assert "appeals" not in ROUTES
    assert ROUTES["moderation:queue"] == Row(Permission.SCREEN)
    assert ROUTES["reports:adopted"] == Row(Permission.EXPORT_ADOPTED, stranger=403)
    assert ROUTES["proposals:draft"] == Row(Who.SIGNED_IN, own=True)
    assert ROUTES["api:rounds"] == Row(Who.EVERYBODY)
    assert row_of("admin:index") == Row(Who.OPERATOR)


def test_rows_written_by_hand_are_of_libraries_pages_alone():
    assert [route.name for route in routes() if route.row is not None and route.name in LIBRARIES] == []


def test_nothing_at_an_address_of_the_desk_is_for_everybody():
    """The promise of the address does not rest on the decorator: one that is too wide is found here."""
    desks = [route for route in routes() if "/desk/" in route.pattern]

    assert len(desks) > 30
    assert [
        route.name
        for route in desks
        if row_of(route.name).who is not Who.OFFICIAL and not isinstance(row_of(route.name).who, Permission)
    ] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "method", "allowed"),
    [
        ("/here/plain/proposals/", "put", "GET, HEAD"),
        ("/here/plain/proposals/", "post", "GET, HEAD"),
        ("/here/", "delete", "GET, HEAD"),
        ("/status/", "post", "GET, HEAD"),
        ("/here/plain/proposals/new/", "patch", "GET, POST, HEAD"),
        ("/here/plain/ballot/basket/", "get", "POST"),
        ("/here/desk/roles/1/confirm/", "get", "POST"),
    ],
)
def test_a_method_that_a_page_does_not_answer_is_refused_to_everybody(round, address, method, allowed):
    answer = getattr(Client(), method)(address)

    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


@pytest.mark.django_db
def test_a_page_that_can_be_read_can_be_asked_for_its_head_alone(round):
    answer = Client().head("/here/plain/ballot/")

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.django_db
def test_the_desk_takes_as_many_queries_for_six_rounds_as_for_two(round):
    client = _as(make_official(round.authority, Role.BUDGET_OFFICER))

    def n_queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/here/desk/")
        return len(asked)

    client.get("/here/desk/")
    of_two = n_queries()
    for _ in range(4):
        make_round(round.authority)

    assert n_queries() == of_two
