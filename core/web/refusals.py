"""The backstop: a refusal that no view has shown is answered 422, in the reader's language, and never 500.

Views show a refusal on the form it is about; this is for the one that was forgotten, and for an act that two
people do at once. Nothing was changed, since every refusal undoes its transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.exceptions import Refused

logger = structlog.get_logger(__name__)


class Refusals:
    """Middleware that answers 422 to a refusal that a view does not handle."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return refused(request, error) if isinstance(error, Refused) else None


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """Return the page that says what was refused and how to go on; for htmx the sentence alone.

    The sentence is put inside what the script would have replaced, so that the button pressed stays there.
    """
    _note(request, refusal)
    is_part = bool(request.headers.get("HX-Request"))
    context = {
        "refusals": refusal.messages,
        "was_posted": request.method == "POST",
        "back_url": _page_before(request),
    }
    answer = render(request, "_refused.html" if is_part else "422.html", context, status=422)
    if is_part:
        answer.headers["HX-Reswap"] = "afterbegin"
    add_never_cache_headers(answer)
    return answer


def answer_machine(error: Exception, context: dict[str, Any]) -> Response | None:
    """Handle an exception of the API: a refusal is 422 with its sentence as `detail`; others as usual."""
    if not isinstance(error, Refused):
        return exception_handler(error, context)
    _note(context["request"], error)
    return Response({"detail": " ".join(error.messages)}, status=422)


def _note(request: HttpRequest, refusal: Refused) -> None:
    match = request.resolver_match
    # Only the code: the sentence can contain what somebody typed.
    logger.warning("refusal not shown by its page", code=refusal.code, route=match.view_name if match else "")


def _page_before(request: HttpRequest) -> str:
    """Return our page that the reader came from, or "" if the browser does not say."""
    before = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
    # A page that refuses when it is only opened does so again.
    leads_on = request.method == "POST" or before != request.build_absolute_uri()
    return before if is_ours and leads_on else ""
