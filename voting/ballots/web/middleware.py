"""Kiosk middleware: the browser keeps nothing, and only this round's pages can be reached."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from voting.ballots import kiosks

# Pages that a voter or the clerk needs in addition to those of the vote: sign-in, verification, and reading.
_OPEN = ("voting:", "identity:", "account_", "mfa_", "openid_connect_", "socialaccount_", "proposals:detail")
_OPEN_NAMES = frozenset({"set_language", "desk", "cookies"})


class KioskMiddleware:
    """Set `request.kiosk`, None on every other device. No query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cookie = request.COOKIES.get(kiosks.COOKIE)
        kiosk = kiosks.read(cookie, now=timezone.now()) if cookie else None
        request.kiosk = kiosk  # type: ignore[attr-defined]  # read by templates and views
        if kiosk is None:
            response = self.get_response(request)
            if cookie and kiosks.COOKIE not in response.cookies:
                response.delete_cookie(kiosks.COOKIE)
            return response
        # A cast writes nothing but the ballot, so only looking at a page keeps the session short.
        if request.method == "GET" and not request.session.is_empty():
            request.session.set_expiry(kiosks.SESSION_SECONDS)
        response = self.get_response(request)
        # The next person who goes back meets a page that must be loaded again, and is not the last voter's.
        response["Cache-Control"] = "no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        kiosk: kiosks.Kiosk | None = request.kiosk  # type: ignore[attr-defined]  # set above
        if kiosk is None or request.resolver_match is None:
            return None
        name = request.resolver_match.view_name
        is_open = name in _OPEN_NAMES or name.startswith(_OPEN)
        is_elsewhere = "round_slug" in kwargs and (
            (kwargs["authority_slug"], kwargs["round_slug"]) != (kiosk.authority, kiosk.round)
        )
        if is_open and not is_elsewhere:
            return None
        return redirect("voting:kiosk", kiosk.authority, kiosk.round)
