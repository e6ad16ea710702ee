"""Log lines as JSON: ids, routes and durations, never names, addresses, texts or choices.

A request is logged by its route, `accounts/password/reset/key/<key>/`, not by its path, because a path can
contain a secret. On the pages of the ballot and of its check not even the account's id is logged: together
with the time it would reveal when somebody voted.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from celery import signals
from django.http import HttpRequest, HttpResponse

logger = structlog.get_logger("pbplatform.requests")

ROUTES_OF_VOTERS = re.compile(r"(^|/)(ballot|check)(/|$)")
REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class RouteNotPath(logging.Filter):
    """Replaces the path in Django's own messages about a request by its route."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            record.args = tuple(route_of(request) if arg == request.path else arg for arg in record.args)
        return True


def configuration(level: str) -> dict[str, Any]:
    """The LOGGING setting that writes one JSON object a line to standard error, tasks' lines too."""
    signals.setup_logging.connect(leave_logging_to_django)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # Frames without the values of their variables, which may be anybody's.
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "filters": {"route": {"()": RouteNotPath}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["route"]}},
        "root": {"handlers": ["lines"], "level": level},
        # Django's own handlers would write the same line again, or mail it with the whole request in it.
        "loggers": {"django": {"handlers": [], "level": level, "propagate": True}},
    }


def route_of(request: HttpRequest) -> str:
    """The pattern of addresses that a request matched, or `(none)`."""
    match = request.resolver_match
    return str(match.route) if match else "(none)"


class RequestLog:
    """Middleware that writes one line a request and gives all its lines the same `request_id`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.monotonic()
        response = self._get_response(request)
        route = route_of(request)
        about = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "milliseconds": round(1000 * (time.monotonic() - started), 1),
        }
        # Known only if the page asked who it is: to ask here would cost every page a query.
        account = getattr(request, "_cached_user", None)
        if account is not None and account.pk is not None and not ROUTES_OF_VOTERS.search(route):
            about["account_id"] = account.pk
        logger.info("request", **about)
        response.headers["X-Request-ID"] = request_id
        return response


def name_task(task_id: str, task: Any, **kwargs: Any) -> None:
    """Have what a task logs carry its id and name, and nothing of the one before."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)


def forget_task(**kwargs: Any) -> None:
    """Have what is logged after a task carry nothing of it."""
    structlog.contextvars.clear_contextvars()


def leave_logging_to_django(**kwargs: Any) -> None:
    """Do nothing: with a receiver for this signal, Celery does not put its own format in place of ours."""


def connect() -> None:
    """Give every line a task writes the task's id and name."""
    signals.task_prerun.connect(name_task)
    signals.task_postrun.connect(forget_task)
