"""Page declarations: the visitors let in, the methods answered, the needs of the view.

A view becomes a page by a decorator that calls `page`. Everything that asks who can open a page reads it from
the URLconf (`routes`): no second list could differ from the views.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver, get_urlconf

View = Callable[..., HttpResponseBase]
# Looks at a request before its view does. Takes out of the address what it has found by it, sets that on the
# request, and answers in the view's place or not at all. Raises Http404 and PermissionDenied.
Way = Callable[[Any, dict[str, Any]], HttpResponseBase | None]


class Who(Enum):
    """Those whom no role makes."""

    EVERYBODY = "everybody"
    SIGNED_IN = "everybody who has signed in"
    OFFICIAL = "whoever has a role in the authority"
    OPERATOR = "the platform's operator"


@dataclass(frozen=True, slots=True)
class Row:
    """The visitors of a route: one of these, or everyone with the named permission."""

    who: Who | str
    # Answer to people without a role in the authority: 404, as if the page did not exist; 403 if the page is
    # public knowledge and only its content is not.
    stranger: int = 404
    # The row the address names must be one's own: a draft, a passkey.
    own: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the URLconf. `name` is its pattern if it has no name; `parts` are its variables."""

    name: str
    pattern: str
    parts: frozenset[str]
    view: View

    @property
    def row(self) -> Row | None:
        """Whom the view says it lets in; None if it does not say."""
        row: Row | None = getattr(self.view, "row", None)
        # A class of views says so once for all of its addresses.
        return row if row is not None else getattr(getattr(self.view, "cls", None), "row", None)


def page(
    row: Row, methods: Sequence[str], way: Way | None = None, **facts: object
) -> Callable[[Callable[..., HttpResponseBase]], View]:
    """Return a decorator: the view answers these methods (HEAD with GET), others 405, once `way` has led in.

    `facts` can be read off the view afterwards, as its `row` can.
    """
    allowed = (*methods, "HEAD") if "GET" in methods else tuple(methods)

    def decorate(view: Callable[..., HttpResponseBase]) -> View:
        @wraps(view)
        def opened(request: HttpRequest, **address: Any) -> HttpResponseBase:
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            answer = way(request, address) if way is not None else None
            return view(request, **address) if answer is None else answer

        opened.__dict__.update(facts, row=row)
        return opened

    return decorate


def public_page(methods: Sequence[str] = ("GET",)) -> Callable[[Callable[..., HttpResponseBase]], View]:
    """Let everybody in."""
    return page(Row(Who.EVERYBODY), methods)


def routes() -> Sequence[Route]:
    """Return the routes of the URLconf in force, in its order, each name once."""
    return _routes(get_resolver(get_urlconf()))


@lru_cache(maxsize=4)
def _routes(resolver: URLResolver) -> Sequence[Route]:
    found: dict[str, Route] = {}
    for route in _walk(resolver.url_patterns, "", (), frozenset()):
        found.setdefault(route.name, route)
    return tuple(found.values())


def _walk(
    patterns: Sequence[URLPattern | URLResolver], prefix: str, spaces: tuple[str, ...], parts: frozenset[str]
) -> Iterator[Route]:
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        # Converters of a path(), named groups of a re_path().
        own = frozenset(entry.pattern.converters) or frozenset(entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry.url_patterns, pattern, inner, parts | own)
        else:
            name = ":".join((*spaces, entry.name)) if entry.name else pattern
            yield Route(name, pattern, parts | own, entry.callback)
