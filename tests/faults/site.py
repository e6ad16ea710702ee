"""A whole site that may be killed: PostgreSQL, Valkey, web server and worker of its own.

Only processes that were started here are ended here, by their ids. Everything stays on this machine.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from django.conf import settings
from django.db import connection
from kombu import Connection

from devtools.embedded import EmbeddedServers, processes
from pbplatform.celery import app
from pbplatform.settings.base import broker
from tests import template


class Program:
    """A process of the site with its children, in a group of its own."""

    def __init__(
        self, arguments: Sequence[str], log: Path, environment: dict[str, str], folder: Path | None = None
    ) -> None:
        self._arguments = [sys.executable, "-m", *arguments]
        self._environment = environment
        self._folder = folder or Path(settings.BASE_DIR)
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = processes.spawn(
            "as-is",
            self._arguments,
            folder=self._folder,
            log=self.log,
            environment=self._environment,
        )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it and what is left of its children at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """Ask it to end, wait 10 s, then end it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


class Site:
    """The servers and programs of one site. `with Site(servers) as site:`"""

    def __init__(self, servers: EmbeddedServers, *, name: str = "site", blocking_threads: int = 8) -> None:
        self.servers = servers
        # Also where the run itself uses servers from elsewhere: these are to be killed.
        self.servers.with_postgres = self.servers.with_valkey = True
        self.name = name
        self.folder = servers.home / "failpoints"
        # Where PostgreSQL sees a disk of its own while a test runs.
        self.small_disk = servers.home / "small-disk"
        self._blocking_threads = blocking_threads
        self.port = 0
        self.web: Program | None = None
        self._programs: list[Program] = []
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep_the_web_server, daemon=True)

    def __enter__(self) -> Site:
        self.servers.claim()
        self._forget_half_a_cluster()
        self.servers.start()
        try:
            self.folder.mkdir(exist_ok=True)
            self._make_database()
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
            self.web = self.new_web(self.port)
            self._keeper.start()
            self.wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        for program in reversed(self._programs):
            program.stop()
        self.servers.stop()
        self.servers.release()

    def _forget_half_a_cluster(self) -> None:
        # A run that was killed while a part of the data lay on the small disk has taken that part with it.
        if self.small_disk.exists():
            self.servers.postgres.stop_left_behind()
            shutil.rmtree(self.servers.postgres.data, ignore_errors=True)
            shutil.rmtree(self.servers.home / "log-meanwhile", ignore_errors=True)
            self.small_disk.rmdir()

    def _keep_the_web_server(self) -> None:
        # What systemd or the container's restart policy does: granian ends when its workers die too fast.
        while not self._closing.wait(0.1):
            if self.web is not None and not self.web.is_alive():
                self.web.kill()
                self.web.start()

    def _make_database(self) -> None:
        source = self._copied_template() or template.migrated(self.servers)
        with self.maintenance() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{source}"')

    def _copied_template(self) -> str | None:
        """Take the migrated database over from the servers of the tests: seconds instead of a minute."""
        source = os.environ.get("PBPLATFORM_TEST_TEMPLATE")
        if source is None:
            return None
        name = f"copy_of_{source}"
        with self.maintenance() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'copy\\_of\\_%'")
            known = {row[0] for row in cursor.fetchall()}
            for old in known - {name}:
                cursor.execute(f'DROP DATABASE "{old}"')
            if name in known:
                return name
            cursor.execute('DROP DATABASE IF EXISTS "unfinished"')
            cursor.execute('CREATE DATABASE "unfinished"')
        programs = self.servers.postgres.programs
        there = EmbeddedServers(Path(os.environ["PBPLATFORM_TEST_HOME"]))
        user = ["-U", self.servers.postgres.USER]
        dump = subprocess.run(
            [programs / "pg_dump", "-h", there.sockets, *user, source], check=True, capture_output=True
        )
        subprocess.run(
            [programs / "psql", "-q", "-h", self.servers.sockets, *user, "-d", "unfinished"],
            input=dump.stdout,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with self.maintenance() as cursor:
            cursor.execute(f'ALTER DATABASE "unfinished" RENAME TO "{name}"')
        return name

    @contextmanager
    def maintenance(self) -> Iterator[psycopg2.extensions.cursor]:
        """A cursor of the server's own database, each statement committed."""
        opened = psycopg2.connect(
            host=str(self.servers.sockets), user=self.servers.postgres.USER, dbname="postgres"
        )
        opened.autocommit = True
        try:
            with opened.cursor() as cursor:
                yield cursor
        finally:
            opened.close()

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a process of this site."""
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "pbplatform.settings.test",
            "DATABASE_URL": self.servers.database_url(self.name),
            "REDIS_URL": self.servers.redis_url(0),
            "CACHE_REDIS_URL": self.servers.redis_url(1),
            "FAULTS_FOLDER": str(self.folder),
            # The servers are this site's alone: none of their databases is another test process's.
            "PYTEST_XDIST_WORKER": "gw0",
            **more,
        }

    def new_web(self, port: int, *, workers: int = 2, folder: Path | None = None) -> Program:
        """Start a web server on `port` whose workers are replaced when they die; of the code in `folder`."""
        arguments = [
            *("pbplatform.web", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", str(workers), "--blocking-threads", str(self._blocking_threads), "--no-ws"),
            *("--respawn-failed-workers", "--workers-kill-timeout", "1"),
            "tests.faults.breakable:application",
        ]
        log = self.servers.home / "web.log"
        return self._start(Program(arguments, log, self.environment(), folder))

    def new_worker(self, **environment: str) -> Program:
        """Start a Celery worker as in production."""
        arguments = ["celery", "-A", "pbplatform", "worker", "--loglevel=INFO", "--concurrency=1"]
        arguments += ["--without-gossip", "--without-mingle"]
        log = self.servers.home / "worker.log"
        return self._start(Program(arguments, log, self.environment(**environment)))

    def _start(self, program: Program) -> Program:
        self._programs.append(program)
        program.start()
        return program

    def run_task(self, name: str) -> None:
        """Put a task into this site's broker, as beat does."""
        with Connection(broker(self.servers.redis_url(0))) as to:
            app.send_task(name, connection=to)

    @property
    def web_workers(self) -> list[int]:
        """Process ids of the web server's workers, as they are now."""
        assert self.web is not None
        return children_of(self.web.pid)

    def kill_a_web_worker(self) -> None:
        workers = self.web_workers
        if workers:
            kill(secrets.choice(workers))

    def kill_postgres(self) -> None:
        """End PostgreSQL and all its backends at once, as a power cut would."""
        postgres = self.servers.postgres._process
        assert postgres is not None
        backends = children_of(postgres.pid)
        for pid in [postgres.pid, *backends]:
            kill(pid)
        postgres.wait()

    def kill_valkey(self) -> None:
        valkey = self.servers.valkey._process
        assert valkey is not None
        kill(valkey.pid)
        valkey.wait()

    def signal_valkey(self, number: signal.Signals) -> None:
        valkey = self.servers.valkey._process
        assert valkey is not None
        os.kill(valkey.pid, number)

    def restart_postgres(self) -> None:
        """Fast shutdown and start, as an administrator does it."""
        self.servers.postgres.stop()
        self.servers.postgres.start()

    def ask(self, path: str = "/", *, port: int = 0, headers: dict[str, str] | None = None) -> Answer:
        """GET a page. Raises OSError where nobody answers."""
        return exchange(port or self.port, "GET", path, headers=headers)

    def wait_until_it_answers(self, port: int = 0, seconds: float = 60) -> float:
        """Wait for a page without an error; return the seconds it took. Raises TimeoutError."""
        begun = time.monotonic()
        while True:
            try:
                # A connection may wait at a worker that died: another one is asked soon.
                if exchange(port or self.port, "GET", "/", timeout=3).status == 200:
                    return time.monotonic() - begun
            except (OSError, http.client.HTTPException):
                pass
            if time.monotonic() - begun > seconds:
                end = processes.end_of(self.servers.home / "web.log", 30)
                raise TimeoutError(f"the site does not answer:\n{end}")
            time.sleep(0.02)

    @contextmanager
    def database(self) -> Iterator[None]:
        """Let this process's own `connection` be one to the site's database."""
        connection.close()
        before = {
            name: connection.settings_dict[name] for name in ("HOST", "PORT", "USER", "PASSWORD", "NAME")
        }
        connection.settings_dict.update(
            HOST=str(self.servers.sockets),
            PORT="",
            USER=self.servers.postgres.USER,
            PASSWORD="",
            NAME=self.name,
        )
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)


def children_of(parent: int) -> list[int]:
    """Process ids of the children of a process, from Linux's /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and processes._parent_of(int(entry.name)) == parent:
            found.append(int(entry.name))
    return found


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def page(self) -> str:
        return self.body.decode()


def exchange(
    port: int,
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: str | None = None,
    timeout: float = 30,
) -> Answer:
    """Send one request over a connection of its own. Raises OSError, http.client.HTTPException."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        client.request(method, path, body, {"Host": "localhost", **(headers or {})})
        answer = client.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        client.close()
