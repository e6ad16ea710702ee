"""Every route × method × role × authority × phase, generated from the URLconf and the table of access."""

import copy

import pytest
from django.db import transaction
from django.test import Client

from identity.roles import Permission, Role, roles_allowed
from pbplatform.access import ROUTES, Who, row_of
from rounds.models import Phase
from tests.access import world
from tests.access.world import Route, World

LOGIN = "/accounts/login/"


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


class Door:
    """One reader's browser; whatever a request changes is undone."""

    def __init__(self, world: World, reader: str) -> None:
        self.client = Client(raise_request_exception=False)
        account = world.readers[reader]
        if account is not None:
            self.client.force_login(account)
        self.cookies = copy.deepcopy(self.client.cookies)

    def knock(self, method: str, address: str) -> tuple[int, str]:
        """Return the status, and where the answer sends the reader."""
        self.client.cookies = copy.deepcopy(self.cookies)
        with transaction.atomic():
            answer = getattr(self.client, method)(address)
            transaction.set_rollback(True)
        return answer.status_code, answer.headers.get("Location", "")


def test_every_route_has_a_row_and_every_row_a_route():
    names = {route.name for route in _routes()}
    without = [name for name in sorted(names) if not name.startswith("admin") and name not in ROUTES]

    assert without == [], "add a row for each to pbplatform/access.py"
    assert sorted(set(ROUTES) - names - {"design"}) == []


# The phase can matter only where there is a round; methods beyond GET and POST are tried once.
RUNS = [
    (None, ("get", "post")),
    (None, ("put", "patch", "delete")),
    *((phase, ("get", "post")) for phase in Phase.Kind),
]


@pytest.mark.timeout(600)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("phase", "methods"), RUNS, ids=lambda value: "-".join(value) if isinstance(value, tuple) else str(value)
)
def test_t25_t26_every_route_lets_in_whom_its_row_names_and_nobody_else(phase, methods):
    here = world.build(phase)
    doors = {reader: Door(here, reader) for reader in here.readers}
    faults = []
    for route in _routes():
        if phase is not None and "round_slug" not in route.parts:
            continue
        row = row_of(route.name)
        address = here.address(route)
        for reader, door in doors.items():
            # Nobody is kept out of these, so two readers show that they break for none.
            if row.who is Who.EVERYBODY and reader not in ("anonymous", "resident"):
                continue
            opened = 0
            for method in methods:
                status, target = door.knock(method, address)
                opened = status if method == "get" else opened
                said = f"{method.upper()} {address} ({route.name}) by {reader}: {status} {target}"
                if status >= 500:
                    faults.append(said)
                elif not _lets_in(row.who, reader):
                    if not _is_refused(row, reader, status, target):
                        faults.append(f"{said}, though its row does not let them in")
                elif isinstance(row.who, Permission) and method in ("get", "post"):
                    # A page may answer 404 to a POST that names none of its actions, if it opened.
                    shut = (401, 403) if method == "post" and opened == 200 else (401, 403, 404)
                    if status in shut or target.startswith(LOGIN):
                        faults.append(f"{said}, though its row lets them in")

    assert not faults, "\n".join([f"{len(faults)} of", *faults[:60]])


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


@pytest.mark.django_db
def test_a_route_that_lets_everybody_in_is_reported():
    """The matrix can fail: the public sign-in page does not pass for one that only moderators open."""
    here = world.build(None)

    status, target = Door(here, "resident").knock("get", "/accounts/password/reset/")

    assert not _is_refused(row_of("identity:roles"), "resident", status, target)
