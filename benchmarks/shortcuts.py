"""Savings of each shortcut around Django: the same requests with it and without it, in turns.

Requests go through `pbplatform.wsgi` inside this process, with production's settings, middleware and log. A
cast is one POST of the review page by another voter each time; a page is the round's, read by a signed-in
user. Prints the time of one request with the shortcut, and how much more it takes without: the median over
pairs of consecutive blocks, with the quartiles of the pairs. Processor time is this process's, without
PostgreSQL's; elapsed time includes both and the waiting, and means something only on a quiet machine. A
saving within the spread of its quartiles is noise. TURNS=60 for steadier figures.
"""

import gc
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest import mock

from benchmarks.cast import HOST, Post, prepare, site

TURNS = int(os.environ.get("TURNS", "24"))
# Requests in one block: enough for the collector to run at its usual pace.
BLOCK = 25


def main() -> None:
    """Measure and print."""
    shortcuts = ("frozen collector", "prepared reads", "session by a prepared read")
    with site():
        # Two blocks for each turn and shortcut, and some to warm up.
        _, posts = prepare((2 * TURNS * len(shortcuts) + 4) * BLOCK)
        request = _requests()
        without = _ways()
        reader, fresh = posts[0], iter(posts)
        kinds: dict[str, Callable[[], object]] = {
            "cast": lambda: request("POST", next(fresh)),
            "page": lambda: request("GET", reader),
        }
        for once in kinds.values():
            _seconds(once, 4 * BLOCK)
        for name in shortcuts:
            for kind, once in kinds.items():
                _report(f"{name}, {kind}", once, without[name])


def _report(
    name: str, once: Callable[[], object], without: Callable[[], AbstractContextManager[object]]
) -> None:
    short, bare = [], []
    for turn in range(TURNS):
        # A B, B A, A B …: what drifts does not favour a side.
        if turn % 2:
            with without():
                bare.append(_seconds(once, BLOCK))
            short.append(_seconds(once, BLOCK))
        else:
            short.append(_seconds(once, BLOCK))
            with without():
                bare.append(_seconds(once, BLOCK))
    for place, clock in enumerate(("processor", "elapsed")):
        more = [b[place] / s[place] - 1 for b, s in zip(bare, short, strict=True)]
        low, middle, high = statistics.quantiles(more, n=4)
        took = statistics.median(seconds[place] for seconds in short) / BLOCK
        print(
            f"{name:<34} {clock:<9} {1000 * took:6.2f} ms"
            f"  without it {100 * middle:+6.1f} %  (quartiles {100 * low:+.1f} to {100 * high:+.1f})",
            flush=True,
        )


def _seconds(once: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the processor seconds of this process for a number of requests, and the elapsed seconds."""
    processor, elapsed = time.process_time(), time.perf_counter()
    for _ in range(times):
        once()
    return time.process_time() - processor, time.perf_counter() - elapsed


def _requests() -> Callable[[str, Post], None]:
    from django.test import RequestFactory

    from pbplatform.wsgi import application

    def request(method: str, post: Post) -> None:
        """Send one request through the application, as a web server does, and expect it to succeed."""
        headers = {name: value for name, value in post.headers.items() if name != "Content-Type"}
        if method == "GET":
            headers.pop("HX-Request", None)
        environ = (
            RequestFactory()
            .generic(
                method,
                post.path if method == "POST" else post.path.removesuffix("ballot/review/"),
                post.body if method == "POST" else "",
                content_type=post.headers["Content-Type"],
                headers=headers,
                SERVER_NAME=HOST,
            )
            .environ
        )
        statuses: list[str] = []

        def start(status: str, headers: object, error: object = None, /) -> Callable[[bytes], object]:
            statuses.append(status)
            return bytes

        answer = application(environ, start)
        b"".join(answer)
        answer.close()
        assert statuses == ["200 OK"], (method, environ["PATH_INFO"], statuses)

    return request


def _ways() -> dict[str, Callable[[], AbstractContextManager[object]]]:
    """Return how each shortcut is left out, by its name."""
    from django.contrib.sessions.backends import db

    from core.db.prepared import Prepared
    from identity.sessions import SessionStore

    @contextmanager
    def walking_everything() -> Iterator[None]:
        """The collector as Python starts it, walking over all that is loaded."""
        kept = gc.get_threshold()
        gc.unfreeze()
        gc.set_threshold(700, 10, 10)
        try:
            yield
        finally:
            gc.collect()
            gc.freeze()
            gc.set_threshold(*kept)

    return {
        "frozen collector": walking_everything,
        "prepared reads": lambda: mock.patch.object(
            Prepared, "__call__", lambda self, *values: list(self._build(*values))
        ),
        "session by a prepared read": lambda: mock.patch.object(
            SessionStore, "_get_session_from_db", vars(db.SessionStore)["_get_session_from_db"]
        ),
    }
