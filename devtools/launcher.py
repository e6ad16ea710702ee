"""The whole platform as one foreground process: servers, web, worker and beat, and their end.

Whatever is started here is stopped here, in the opposite order, whichever signal ends it. On
Linux the kernel sees to that even when the launcher itself is killed.
"""

from __future__ import annotations

import collections
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from devtools.embedded import EmbeddedServers, processes
from devtools.embedded.exceptions import EmbeddedError

HOST = "127.0.0.1"
# A child that keeps dying has a reason that starting it again does not remove.
RESTARTS_ALLOWED = 5
RESTARTS_WITHIN_SECONDS = 60.0
PATIENCE_SECONDS = 10.0


class LaunchFailed(Exception):
    """The platform cannot run; the message says why and what to do."""


class Stopped(BaseException):
    """A signal asked the launcher to end. Not an Exception: nothing on the way may swallow it."""


class Child:
    """One long-running program of the platform, restarted when it dies."""

    def __init__(self, name: str, arguments: Sequence[str], log: Path, environment: dict[str, str]) -> None:
        self.name = name
        self.log = log
        self._arguments = [sys.executable, "-m", *arguments]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._restarts: collections.deque[float] = collections.deque(maxlen=RESTARTS_ALLOWED)

    def start(self, folder: Path) -> None:
        self._process = processes.spawn(
            "as-is", self._arguments, folder=folder, log=self.log, environment=self._environment
        )

    def exit_code(self) -> int | None:
        """The code it ended with, negative for a signal; None while it runs."""
        return self._process.poll() if self._process else None

    def restart(self, folder: Path) -> None:
        """Start again after a death. Raises LaunchFailed at the sixth death within a minute."""
        now = time.monotonic()
        full = len(self._restarts) == RESTARTS_ALLOWED
        if full and now - self._restarts[0] < RESTARTS_WITHIN_SECONDS:
            raise LaunchFailed(
                f"The {self.name} keeps dying. The end of {self.log}:\n{processes.end_of(self.log)}"
            )
        self._restarts.append(now)
        self.kill()
        self.start(folder)

    def ask_to_stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for its end until `deadline` (monotonic); then end it and all its children."""
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.1, deadline - time.monotonic()))
            self.kill()

    def kill(self) -> None:
        """End what is left of it: children of a program that was killed hold on to its port."""
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def web(port: int) -> list[str]:
    """The arguments of the web server; the Dockerfile's are the same but for the address."""
    return [
        "pbplatform.web",
        *("--interface", "wsgi"),
        *("--host", HOST),
        *("--port", str(port)),
        *("--workers", "2"),
        # While one waits for the disk that a ballot is written to, others work. More than these wait for one
        # another: with eight, up to a fifth fewer ballots a second, and half as long again for the slowest.
        *("--blocking-threads", "3"),
        "--respawn-failed-workers",
        *("--workers-kill-timeout", "5"),
        "--no-ws",
        "pbplatform.wsgi:application",
    ]


def require_free(port: int) -> None:
    """Raise LaunchFailed, saying how to choose another, when `port` cannot be had."""
    with socket.socket() as probe:
        # As the web server does: a port that only waits for its last packets is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise LaunchFailed(f"Port {port} may only be used by root. Try: PORT=8000 make demo") from error
        except OSError as error:
            raise LaunchFailed(
                f"Port {port} is taken by another program. Choose another: PORT={port + 765} make demo"
            ) from error


class Launcher:
    """Runs the platform on `port` of this machine until it is stopped."""

    def __init__(
        self,
        servers: EmbeddedServers,
        *,
        port: int,
        base: Path,
        environment: dict[str, str],
        say: Callable[[str], None],
    ) -> None:
        self.port = port
        self._servers = servers
        self._base = base
        self._say = say
        home, arguments = servers.home, ["celery", "-A", "pbplatform"]
        self._children = [
            Child("web server", web(port), home / "web.log", environment),
            Child(
                "worker",
                [
                    *arguments,
                    "worker",
                    "--loglevel=INFO",
                    "--concurrency=2",
                    "--without-mingle",
                    "--without-gossip",
                ],
                home / "worker.log",
                environment,
            ),
            Child(
                "beat",
                [*arguments, "beat", "--loglevel=INFO", f"--schedule={home / 'beat-schedule'}", "--pidfile="],
                home / "beat.log",
                environment,
            ),
        ]

    def run(self, prepare: Callable[[], None], ready: Callable[[], None]) -> None:
        """Start everything, call `prepare` once the servers answer and `ready` once the first page does.

        Returns after SIGINT, SIGTERM or SIGHUP, when all has stopped. Raises LaunchFailed or
        EmbeddedError, also with all stopped, when it cannot start or cannot go on.
        """
        require_free(self.port)
        self._servers.claim()
        before = {
            number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            self._servers.start()
            prepare()
            for child in self._children:
                child.start(self._base)
            self._wait_for_the_first_page()
            ready()
            self._watch()
        except Stopped:
            self._say("\nStopping.")
        finally:
            # Ending must end: a second Ctrl-C changes nothing about what is stopped.
            for number in before:
                signal.signal(number, signal.SIG_IGN)
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _wait_for_the_first_page(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            self._look_after()
            connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
            try:
                connection.request("GET", "/")
                status = connection.getresponse().status
                if status < 500:
                    return
                reason = f"answers with status {status}"
            except OSError as error:
                reason = f"does not answer ({error})"
            finally:
                connection.close()
            if time.monotonic() > deadline:
                log = self._children[0].log
                raise LaunchFailed(f"The first page {reason}. The end of {log}:\n{processes.end_of(log, 40)}")
            time.sleep(0.1)

    def _watch(self) -> None:
        while True:
            self._look_after()
            time.sleep(0.5)

    def _look_after(self) -> None:
        if problem := self._servers.problem():
            raise LaunchFailed(problem)
        for child in self._children:
            code = child.exit_code()
            if code is not None:
                how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
                child.restart(self._base)
                self._say(f"The {child.name} {how} and was started again. Its log: {child.log}")

    def _stop(self) -> None:
        for child in reversed(self._children):
            child.ask_to_stop()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for child in reversed(self._children):
            child.wait(deadline)
        self._servers.stop()
        self._servers.release()


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


__all__ = ["EmbeddedError", "LaunchFailed", "Launcher", "require_free"]
