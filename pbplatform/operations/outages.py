"""Answers during an outage: when to come back, and nothing lost.

A restarting database or an unreadable key is an outage and not an error of the page: the answer is 503 with
Retry-After, in the reader's language, without touching session, user or database. Posted data comes back as a
form with one button, so that it can be sent again without script too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, ItemsView
from types import FrameType
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.http.request import RawPostDataException, UnreadablePostError
from django.template.loader import render_to_string
from django.utils import translation
from django.views.debug import SafeExceptionReporterFilter

from identity.keys import KeyUnavailable

logger = structlog.get_logger(__name__)

# A restarted database answers again within ten seconds; a key folder waits for a person.
_SECONDS_WITHOUT_DATABASE = 10
_SECONDS_WITHOUT_KEY = 30
# Longer texts stay in the browser alone: the way back to them is its Back button.
_MOST_SIGNS_SENT_BACK = 200_000


class NobodysValues(SafeExceptionReporterFilter):
    """Keeps posted data, and the variables of every frame, out of error reports.

    Otherwise mailed or forwarded reports would contain ballots and receipt codes. The pages of a developer's
    own machine show everything.
    """

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, str]:
        if request is None or settings.DEBUG:
            return super().get_post_parameters(request)
        return dict.fromkeys(request.POST, self.cleansed_substitute)

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> ItemsView[str, Any]:
        nothing: dict[str, Any] = {}
        return super().get_traceback_frame_variables(request, tb_frame) if settings.DEBUG else nothing.items()


class Outages:
    """Middleware that answers 503 if a page failed because the database or a key is unavailable."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if is_outage(error) else None


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for an exception that reached the edge: 503 for an outage below a middleware, else 500."""
    # Django calls this inside its handler, while the exception is still the current one.
    error = sys.exc_info()[1]
    if error is not None and is_outage(error):
        return unavailable(request, error)
    with translation.override(translation.get_language_from_request(request)):
        return HttpResponseServerError(render_to_string("500.html"))


def is_outage(error: BaseException) -> bool:
    """Return whether a retry can help: the database or a key is out of reach and the page is sound."""
    if isinstance(error, (OperationalError, InterfaceError, KeyUnavailable)):
        return True
    code = getattr(error.__cause__, "pgcode", "")
    if isinstance(error, InternalError):
        # The server itself failed: an exhausted quota, or a file that cannot grow, has no code of its own.
        return bool(code) and code.startswith("XX")
    # A server that dies under a statement leaves psycopg2 without a code; what a server refuses has one.
    return type(error) is DatabaseError and code is None


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Return the page that says so, with what was posted in a form of its own. No query, no session."""
    seconds = _SECONDS_WITHOUT_KEY if isinstance(error, KeyUnavailable) else _SECONDS_WITHOUT_DATABASE
    # The class alone: a message of the database may hold values of rows.
    logger.error("outage", error=type(error).__name__)
    match = request.resolver_match
    voting = match is not None and match.app_name == "voting" and request.method == "POST"
    with translation.override(translation.get_language_from_request(request)):
        page = render_to_string(
            "voting/unavailable.html" if voting else "503.html",
            {
                "was_posted": request.method == "POST",
                "fields": posted(request),
                "address": request.get_full_path(),
            },
        )
    response = HttpResponse(page, status=503)
    response.headers["Retry-After"] = str(seconds)
    response.headers["Cache-Control"] = "no-store"
    return response


def posted(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the posted names and values that a form can send again; empty if they should not be.

    A password is not written into a page, and a file cannot be. The CSRF token is the one that came with the
    post: a forged post comes back as worthless as it was.
    """
    if request.method != "POST":
        return []
    try:
        fields = [(name, str(value)) for name, values in request.POST.lists() for value in values]
        has_files = bool(request.FILES)
    except (OSError, UnreadablePostError, RawPostDataException, SuspiciousOperation):
        return []
    if has_files or any("password" in name.lower() for name, _value in fields):
        return []
    if sum(len(name) + len(value) for name, value in fields) > _MOST_SIGNS_SENT_BACK:
        return []
    return fields
