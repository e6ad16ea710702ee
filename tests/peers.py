"""Processes the tests talk to: a Celery worker, Celery's beat, an SMTP server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from email.message import EmailMessage, Message
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from devtools.embedded import processes
from pbplatform.celery import app
from pbplatform.operations.tasks import HEARTBEAT_KEY, heartbeat

Found = TypeVar("Found")


def wait_for(find: Callable[[], Found | None], what: str, seconds: float = 90) -> Found:
    """Call `find` until it returns something true, and return that. Raises TimeoutError naming `what`.

    Patience costs nothing where all is well; a machine with much else to do is no fault.
    """
    deadline = time.monotonic() + seconds
    while not (found := find()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about within {seconds} s")
        time.sleep(0.05)
    return found


def database_url_of_this_test() -> str:
    """The address of the database that this process's tests use, for a process of its own."""
    database = connection.settings_dict
    user = f"{database['USER']}:{database['PASSWORD']}" if database["PASSWORD"] else database["USER"]
    # A unix socket's folder stands where the path begins, a host where the host does.
    host = str(database["HOST"])
    place = f"/{host}" if host.startswith("/") else f"{host}:{database['PORT'] or 5432}"
    return f"postgres://{user}@{place}/{database['NAME']}"


class _Keeper(MessageHandler):
    def __init__(self) -> None:
        super().__init__(message_class=EmailMessage)
        self.messages: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)


class MailPeer:
    """An SMTP server on a free port of the loopback interface."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self._keeper = _Keeper()
        # aiosmtpd connects to the port it was given to see whether it is up, so 0 will not do.
        with socket.create_server((self.host, 0)) as free:
            self.port = int(free.getsockname()[1])
        self._controller = Controller(self._keeper, hostname=self.host, port=self.port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def messages(self) -> list[Message]:
        """Messages received since `clear`, oldest first."""
        return self._keeper.messages

    def clear(self) -> None:
        self._keeper.messages.clear()

    def wait_for(self, recipient: str, seconds: float = 90) -> Message:
        """The first message to `recipient`. Raises TimeoutError."""

        def find() -> Message | None:
            return next((m for m in self.messages if recipient in str(m["To"])), None)

        return wait_for(find, f"a message to {recipient}", seconds)


class CeleryProcess:
    """`celery worker` or `celery beat` as it runs in production, on this process's test database."""

    def __init__(self, role: str, folder: Path, mail: MailPeer) -> None:
        self.role = role
        self.log = folder / f"{role}.log"
        self._folder = folder
        self._mail = mail
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.ensure_running()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def begin(self) -> None:
        """Let the worker work for the test that begins, and for nothing that was sent before."""
        app.control.purge()
        self.ensure_running()
        self._tell("add_consumer")

    def rest(self) -> None:
        """Wait until the worker has done what it has begun, and let it take nothing more until `begin`."""
        if self._process is None or self._process.poll() is not None:
            return
        app.control.purge()
        # It has one process: once it has done this, it has done everything before.
        cache.delete(HEARTBEAT_KEY)
        heartbeat.delay()
        wait_for(lambda: cache.get(HEARTBEAT_KEY), "the end of the worker's work")
        self._tell("cancel_consumer")

    def _tell(self, order: str) -> None:
        """Give the worker an order about its queue, and wait until it has heard."""
        arguments = {"queue": app.conf.task_default_queue}
        assert app.control.broadcast(order, arguments=arguments, reply=True, limit=1, timeout=90), order

    def ensure_running(self) -> None:
        """Start the process unless it lives, and wait until it says that it is ready."""
        if self._process is not None and self._process.poll() is None:
            return
        options = {
            "worker": ["--concurrency=1", "--without-gossip", "--without-mingle"],
            "beat": [f"--schedule={self._folder / 'schedule'}"],
        }[self.role]
        self.log.write_bytes(b"")
        # Told by the kernel to end when the tests do, also when they are killed.
        self._process = processes.spawn(
            "as-is",
            [sys.executable, "-m", "celery", "-A", "pbplatform", self.role, "--loglevel=INFO", *options],
            folder=settings.BASE_DIR,
            log=self.log,
            environment=os.environ | self._environment(),
        )
        ready = {"worker": "ready.", "beat": "beat: Starting"}[self.role]
        process = self._process
        try:
            wait_for(lambda: ready in self.log.read_text() or process.poll() is not None, self.role, 120)
        except TimeoutError:
            self.stop()
            raise
        if process.poll() is not None:
            raise RuntimeError(f"celery {self.role} ended at once:\n{processes.end_of(self.log, 40)}")

    def _environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "pbplatform.settings.test",
            "DATABASE_URL": database_url_of_this_test(),
            "REDIS_URL": settings.REDIS_URL,
            "CACHE_REDIS_URL": settings.CACHES["default"]["LOCATION"],
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": self._mail.host,
            "EMAIL_PORT": str(self._mail.port),
        }

    def kill(self) -> None:
        """End the process and its children at once, as a power cut would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ask the process to end and wait; kill it after 10 s."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
