"""Access to pages: decorators that let the right people in and pass the view what its address names.

Each fetches the authority or the round of the address once, checks the permission, answers everybody else by
one rule, and records all of that on the view; the table of access and the officials' desk are made from it
(`core.web.pages.routes`). The view gets no slugs: it reads `request.round` and `request.authority`, and
`request.user` is an account if sign-in is required.

The rule: a visitor is sent to sign in. A user without a role in the authority gets 404, as if the page did
not exist, and learns nothing by guessing; a colleague whose role lacks the permission gets 403.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Concatenate, Generic, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise

from authorities.models import Authority
from core.web.pages import Route, Row, View, Who, page, routes
from identity.models import Account
from identity.requests import SignedInRequest
from identity.roles import Permission
from rounds.models import Round

PlaceT = TypeVar("PlaceT", Authority, Round)


class AuthorityRequest(HttpRequest):
    """A request for a page of an authority, which came with its area."""

    authority: Authority


class RoundRequest(AuthorityRequest):
    """A request for a page of a round, which came with its authority."""

    round: Round


class SignedInAuthorityRequest(SignedInRequest, AuthorityRequest):
    """A request of a signed-in user for a page of an authority."""


class SignedInRoundRequest(SignedInRequest, RoundRequest):
    """A request of a signed-in user for a page of a round."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The number of items that wait for an official, and how many of them are overdue."""

    count: int
    late: int = 0


@dataclass(frozen=True, slots=True)
class DeskEntry(Generic[PlaceT]):
    """A page's line on the officials' desk: its name and purpose.

    Lines with waiting items come first, then those of each round, then the rest; within these, by lowest
    `order`. A page of a round has a line for each published round, or for those named by `stands`, which is
    called without a query for a round that came with its poll.
    """

    title: str | Promise
    says: str | Promise
    order: int
    # The number waiting for the account in this place now; its own queries.
    waits: Callable[[Account, PlaceT, datetime], Waiting] | None = None
    stands: Callable[[PlaceT], bool] | None = None


def authority_page(
    methods: Sequence[str] = ("GET",), *, who: Who = Who.EVERYBODY, select: Sequence[str] = ()
) -> Callable[[Callable[Concatenate[AuthorityRequest, ...], HttpResponseBase]], View]:
    """Let everybody in to a page of an authority, fetched with its area and what `select` names. One query.

    With `who`, the view itself turns the others away: it knows visitors who hold a pass.
    """

    def way(request: AuthorityRequest, address: dict[str, Any]) -> None:
        request.authority = _authority(address, select)

    return page(Row(who), methods, way)


def round_page(
    methods: Sequence[str] = ("GET",), *, select: Sequence[str] = ()
) -> Callable[[Callable[Concatenate[RoundRequest, ...], HttpResponseBase]], View]:
    """Let everybody in to a page of a published round, fetched with what `select` names. One query."""

    def way(request: RoundRequest, address: dict[str, Any]) -> None:
        _name_round(request, _round(address, select))

    return page(Row(Who.EVERYBODY), methods, way)


def signed_in_page(
    methods: Sequence[str] = ("GET",),
) -> Callable[[Callable[Concatenate[SignedInRequest, ...], HttpResponseBase]], View]:
    """Let everybody in who has signed in."""
    return page(Row(Who.SIGNED_IN), methods, lambda request, _address: _sign_in(request))


def signed_in_authority_page(
    methods: Sequence[str] = ("GET",),
) -> Callable[[Callable[Concatenate[SignedInAuthorityRequest, ...], HttpResponseBase]], View]:
    """Let everybody who has signed in in to a page of an authority. One query."""

    def way(request: SignedInAuthorityRequest, address: dict[str, Any]) -> HttpResponseBase | None:
        if answer := _sign_in(request):
            return answer
        request.authority = _authority(address)
        return None

    return page(Row(Who.SIGNED_IN), methods, way)


def signed_in_round_page(
    methods: Sequence[str] = ("GET",), *, own: bool = False
) -> Callable[[Callable[Concatenate[SignedInRoundRequest, ...], HttpResponseBase]], View]:
    """Let everybody who has signed in in to a page of a published round. One query.

    With `own` the view finds only rows of the reader's own.
    """

    def way(request: SignedInRoundRequest, address: dict[str, Any]) -> HttpResponseBase | None:
        if answer := _sign_in(request):
            return answer
        _name_round(request, _round(address))
        return None

    return page(Row(Who.SIGNED_IN, own=own), methods, way)


def desk_page(
    permission: Permission | None,
    methods: Sequence[str] = ("GET",),
    *,
    entry: DeskEntry[Authority] | None = None,
) -> Callable[[Callable[Concatenate[SignedInAuthorityRequest, ...], HttpResponseBase]], View]:
    """Let in officials with the permission in the authority; without a permission, everybody with a role
    there.

    Two queries: the authority, and the roles, which are cached on the account. With `entry` it is on the
    desk.
    """

    def way(request: SignedInAuthorityRequest, address: dict[str, Any]) -> HttpResponseBase | None:
        if answer := _sign_in(request):
            return answer
        request.authority = _authority(address)
        _require(request.user, permission, request.authority)
        return None

    return page(Row(Who.OFFICIAL if permission is None else permission), methods, way, entry=entry)


def round_desk_page(
    permission: Permission,
    methods: Sequence[str] = ("GET",),
    *,
    entry: DeskEntry[Round] | None = None,
    published: bool = False,
    stranger: int = 404,
    select: Sequence[str] = (),
) -> Callable[[Callable[Concatenate[SignedInRoundRequest, ...], HttpResponseBase]], View]:
    """Do the same on a page of a round, published or not, or of a `published` one alone.

    `stranger` 403 is for pages that are public knowledge where only what they give is not.
    """

    def way(request: SignedInRoundRequest, address: dict[str, Any]) -> HttpResponseBase | None:
        if answer := _sign_in(request):
            return answer
        _name_round(request, _round(address, select, published=published))
        _require(request.user, permission, request.authority, stranger=stranger)
        return None

    return page(Row(permission, stranger=stranger), methods, way, entry=entry)


def desk_entries(account: Account, authority: Authority) -> list[tuple[Route, DeskEntry[Any]]]:
    """Return the pages with a line on the desk that an official of the authority may open, by `order`.

    One query if the account's roles were not asked for before.
    """
    found = []
    for route in routes():
        entry: DeskEntry[Any] | None = getattr(route.view, "entry", None)
        who = route.row.who if route.row is not None else None
        if entry is not None and (who is Who.OFFICIAL or account.has_perm(str(who), authority)):
            found.append((route, entry))
    return sorted(found, key=lambda page: page[1].order)


def _sign_in(request: HttpRequest) -> HttpResponseBase | None:
    return None if isinstance(request.user, Account) else redirect_to_login(request.get_full_path())


def _authority(address: dict[str, Any], select: Sequence[str] = ()) -> Authority:
    authority: Authority = get_object_or_404(
        Authority.objects.select_related("area", *select), slug=address.pop("authority_slug")
    )
    return authority


def _round(address: dict[str, Any], select: Sequence[str] = (), *, published: bool = True) -> Round:
    rounds = Round.objects.published() if published else Round.objects.all()
    round: Round = get_object_or_404(
        rounds.select_related("authority__area", *select),
        authority__slug=address.pop("authority_slug"),
        slug=address.pop("round_slug"),
    )
    return round


def _name_round(request: RoundRequest, round: Round) -> None:
    request.round, request.authority = round, round.authority


def _require(
    account: Account, permission: Permission | None, authority: Authority, *, stranger: int = 404
) -> None:
    """Raise PermissionDenied to a colleague without the permission, Http404 to others without a role."""
    has_role = bool(account.roles_in(authority))
    if has_role if permission is None else account.has_perm(permission, authority):
        return
    if has_role or stranger == 403:
        raise PermissionDenied
    raise Http404
