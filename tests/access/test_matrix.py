"""Every route × method × role × authority × phase, generated from the URLconf and the table of access."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from identity.models import Account, StaffView
from identity.roles import Permission, Role, roles_allowed
from pbplatform.access import ROUTES, Row, Who, row_of
from rounds.models import Phase
from tests.access import world
from tests.access.world import Door, Route, World
from tests.factories import set_phase

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

LOGIN = "/accounts/login/"
# Begins where a word begins: else a picture written as text is searched from each of its letters.
ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@example\.org")


@pytest.fixture(scope="module")
def here(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), world.built(None) as built:
        yield built


def _routes() -> list[Route]:
    return sorted(world.routes(), key=lambda route: route.name)


def _lets_in(row_who: Who | Permission, reader: str) -> bool:
    if row_who is Who.EVERYBODY:
        return True
    if row_who is Who.SIGNED_IN:
        return reader != "anonymous"
    if row_who is Who.OFFICIAL:
        return reader in Role.values
    if row_who is Who.OPERATOR:
        return reader == "operator"
    if reader == "operator":
        return row_who == Permission.GRANT_ROLES
    return reader in roles_allowed(row_who)


@dataclass(frozen=True)
class Attempt:
    """One request, and what came of it."""

    route: Route
    reader: str
    method: str
    phase: Phase.Kind | None
    status: int
    # Where the answer sends the reader.
    target: str
    # Whether anything was asked of the database that depends on the phase.
    reads_phase: bool
    # How many people's addresses the page shows, and how many of these views are not noted.
    shows: int
    unnoted: int

    def __str__(self) -> str:
        return (
            f"{self.method.upper()} {self.route.name} by {self.reader}, "
            f"phase {self.phase or 'none'}: {self.status} {self.target}"
        )


class PhaseReads:
    """Notes whether statements depend on the calendar of a round: they name its table or a function."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang <>"
                " (SELECT oid FROM pg_language WHERE lanname = 'c')"
            )
            functions = [f"{name}\\(" for (name,) in cursor.fetchall()]
        # Triggers of these tables read the calendar.
        writes = r'(?:INSERT INTO|UPDATE|DELETE FROM) "?(?:polls|ballots|paper|counting)_'
        self._pattern = re.compile("|".join(["rounds_phase", writes, *functions]))
        self.seen = False

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.seen = self.seen or bool(self._pattern.search(str(sql)))
        return execute(sql, params, many, context)


class Walk:
    """Requests to the world by any of its readers."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.doors = {reader: Door(here, reader) for reader in here.readers}
        self.phase: Phase.Kind | None = None
        self._reads = PhaseReads()

    def enter(self, phase: Phase.Kind) -> None:
        self.phase = phase
        set_phase(self.here.round, phase)

    def attempt(self, route: Route, reader: str, method: str) -> Attempt:
        door, self._reads.seen = self.doors[reader], False
        with (
            connection.execute_wrapper(self._reads),
            door.knock(method, self.here.address(route)) as answer,
        ):
            shown = _shown_to(door.account, answer)
            noted = StaffView.objects.filter(viewer=door.account, subject__in=shown) if shown else ()
            return Attempt(
                route,
                reader,
                method,
                self.phase,
                answer.status_code,
                answer.headers.get("Location", ""),
                self._reads.seen,
                shows=len(shown),
                unnoted=len(shown - {view.subject_id for view in noted}),
            )


def _shown_to(viewer: Account | None, answer: Any) -> set[int]:
    """Return the accounts of others whose addresses an official is shown."""
    if viewer is None or answer.streaming or answer.status_code != 200:
        return set()
    addresses = set(ADDRESS.findall(answer.content.decode(errors="replace"))) - {viewer.email}
    return (
        set(Account.objects.filter(email__in=addresses).values_list("pk", flat=True)) if addresses else set()
    )


def test_every_route_has_a_row_and_every_row_a_route():
    names = {route.name for route in _routes()}
    without = [name for name in sorted(names) if not name.startswith("admin") and name not in ROUTES]

    assert without == [], "add a row for each to pbplatform/access.py"
    assert sorted(set(ROUTES) - names - {"design"}) == []


def _readers_of(row: Row, here: World) -> list[str]:
    # Nobody is kept out of these, so two readers show that they break for none.
    return ["anonymous", "resident"] if row.who is Who.EVERYBODY else list(here.readers)


@pytest.fixture(scope="module")
def attempts(here: World) -> list[Attempt]:
    """Every route read and posted to by every reader, and again in each phase where the phase can matter."""
    walk = Walk(here)
    # Two thousand refusals, each with its traceback, would be put into words for a report that nobody reads.
    logging.disable(logging.WARNING)
    made = [
        walk.attempt(route, reader, method)
        for route in _routes()
        for reader in _readers_of(row_of(route.name), here)
        for method in ("get", "post")
    ]
    again = [attempt for attempt in made if attempt.reads_phase and "round_slug" in attempt.route.parts]
    for phase in Phase.Kind:
        walk.enter(phase)
        made += [walk.attempt(attempt.route, attempt.reader, attempt.method) for attempt in again]
    logging.disable(logging.NOTSET)
    return made


def _faults(attempts: list[Attempt]) -> list[str]:
    opened = {
        (attempt.route, attempt.reader, attempt.phase)
        for attempt in attempts
        if attempt.method == "get" and attempt.status == 200
    }
    faults = []
    for attempt in attempts:
        row, status = row_of(attempt.route.name), attempt.status
        if status >= 500:
            faults.append(str(attempt))
        elif not _lets_in(row.who, attempt.reader):
            if not _is_refused(row, attempt.reader, status, attempt.target):
                faults.append(f"{attempt}, though its row does not let them in")
        elif isinstance(row.who, Permission) and attempt.method in ("get", "post"):
            # A page may answer 404 to a POST that names none of its actions, if it opened.
            is_open = (attempt.route, attempt.reader, attempt.phase) in opened
            shut = (401, 403) if attempt.method == "post" and is_open else (401, 403, 404)
            if status in shut or attempt.target.startswith(LOGIN):
                faults.append(f"{attempt}, though its row lets them in")
    return faults


@pytest.mark.slow(60)
def test_t25_t26_every_route_lets_in_whom_its_row_names_and_nobody_else(attempts):
    faults = _faults(attempts)

    assert not faults, "\n".join([f"{len(faults)} of", *faults[:60]])
    assert {attempt.phase for attempt in attempts} == {None, *Phase.Kind}


@pytest.mark.slow(60)
def test_every_staff_page_that_shows_an_address_notes_whose_it_was(attempts):
    """No official sees somebody's contact data without a line that says so, shown to both sides."""
    of_staff = [
        attempt
        for attempt in attempts
        if isinstance(row_of(attempt.route.name).who, Permission)
        or row_of(attempt.route.name).who in (Who.OFFICIAL, Who.OPERATOR)
    ]

    assert [str(attempt) for attempt in of_staff if attempt.unnoted] == []
    # The test can fail: these pages do show addresses.
    assert {attempt.route.name for attempt in of_staff if attempt.shows} >= {
        "identity:roles",
        "identity:role",
    }


@pytest.mark.parametrize(
    ("method", "reader"), [("put", "resident"), ("patch", "foreign"), ("delete", "anonymous")]
)
def test_a_method_that_no_page_has_opens_nothing(here, method, reader):
    walk = Walk(here)

    faults = _faults([walk.attempt(route, reader, method) for route in _routes()])

    assert not faults, "\n".join(faults)


def _is_refused(row, reader: str, status: int, target: str) -> bool:
    if status == 405:
        return True
    if reader == "anonymous":
        return status in (401, 403, 404) or (status == 302 and target.startswith((LOGIN, "/admin/login/")))
    if row.who is Who.OPERATOR:
        return status in (403, 404) or (status == 302 and target.startswith("/admin/login/"))
    if reader in Role.values:
        return status in (403, 404)
    return status == row.stranger


def test_a_route_that_lets_everybody_in_is_reported(here):
    """The matrix can fail: the public sign-in page does not pass for one that only moderators open."""
    with Door(here, "resident").knock("get", "/accounts/password/reset/") as answer:
        status, target = answer.status_code, answer.headers.get("Location", "")

    assert not _is_refused(row_of("identity:roles"), "resident", status, target)
