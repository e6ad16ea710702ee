"""The site's WSGI application with places where its worker can be told to die, for the fault tests.

A file of a place's name in `FAULTS_FOLDER` makes the next worker that comes by remove the file and kill
itself: `before-cast` when the casting statement is about to be sent, `after-cast` once it has committed.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created

from pbplatform.wsgi import application
from tests import protections

__all__ = ["application"]

FOLDER = Path(os.environ["FAULTS_FOLDER"])


def _die_if_told(place: str) -> None:
    try:
        (FOLDER / place).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _around(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if "cast_ballot" not in str(sql):
        return execute(sql, params, many, context)
    _die_if_told("before-cast")
    result = execute(sql, params, many, context)
    _die_if_told("after-cast")
    return result


def _watch(connection: Any, **_kwargs: Any) -> None:
    if _around not in connection.execute_wrappers:
        connection.execute_wrappers.append(_around)


connection_created.connect(_watch)
protections.take_away()
