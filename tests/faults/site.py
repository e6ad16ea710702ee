"""A whole site that may be killed: PostgreSQL, Valkey, web server and worker of its own, and its voters.

Only processes that were started here are ended here, by their ids. Everything stays on this machine.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import psycopg2
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from kombu import Connection

from identity.models import Account, Person
from identity.sessions import SessionStore
from pbplatform.celery import app
from pbplatform.embedded import EmbeddedServers, processes
from pbplatform.settings.base import broker
from rounds.models import Round
from tests import template
from tests.voting.votes import codes, fresh, make_vote
from voting import sealing
from voting.models import BallotBox, CastEvent
from voting.selectors import open_row
from voting.services import Envelope

_LINE_OF_RECEIPT = re.compile(rb'data-log-ref="([0-9a-f]{64})"')


class Program:
    """A process of the site with its children, in a group of its own."""

    def __init__(self, arguments: Sequence[str], log: Path, environment: dict[str, str]) -> None:
        self._arguments = [sys.executable, "-m", *arguments]
        self._environment = environment
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = processes.spawn(
            "as-is",
            self._arguments,
            folder=Path(settings.BASE_DIR),
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
        self._blocking_threads = blocking_threads
        self.port = 0
        self.web: Program | None = None
        self._programs: list[Program] = []
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep_the_web_server, daemon=True)

    def __enter__(self) -> Site:
        self.servers.claim()
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

    def new_web(self, port: int, *, workers: int = 2) -> Program:
        """Start a web server on `port` whose workers are replaced when they die."""
        arguments = [
            *("pbplatform.web", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", str(workers), "--blocking-threads", str(self._blocking_threads), "--no-ws"),
            *("--respawn-failed-workers", "--workers-kill-timeout", "1"),
            "tests.faults.breakable:application",
        ]
        return self._start(Program(arguments, self.servers.home / "web.log", self.environment()))

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
    """What came back for one request."""

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


@dataclass(slots=True)
class Ballot:
    """One voter's request, and what is known about it afterwards."""

    person_id: str
    path: str
    headers: dict[str, str]
    body: str
    choices: str
    log_ref: bytes
    acknowledged: bool = False
    # Every status that came back; 0 where the connection broke.
    statuses: list[int] = field(default_factory=list)

    def post(self, port: int, *, timeout: float = 30) -> Answer | None:
        """Send it once; None where the connection broke."""
        try:
            answer = exchange(port, "POST", self.path, headers=self.headers, body=self.body, timeout=timeout)
        except (OSError, http.client.HTTPException):
            self.statuses.append(0)
            return None
        self.statuses.append(answer.status)
        found = _LINE_OF_RECEIPT.search(answer.body)
        if answer.status == 200 and found and bytes.fromhex(found[1].decode()) == self.log_ref:
            self.acknowledged = True
        return answer

    def post_until_acknowledged(self, port: int, *, seconds: float = 60) -> bool:
        """Send the same request again until it is acknowledged; return whether it was in time."""
        deadline = time.monotonic() + seconds
        while not self.acknowledged and time.monotonic() < deadline:
            answer = self.post(port)
            if answer is not None and answer.status not in (200, 502, 503):
                return False
            if not self.acknowledged:
                time.sleep(0.1)
        return self.acknowledged


@dataclass(frozen=True, slots=True)
class Vote:
    """A round in its voting phase, with voters who have each one ballot ready."""

    round: Round
    ballots: list[Ballot]
    codes: list[str]


def make_ballots(n_voters: int, *, projects: int = 3, round: Round | None = None) -> Vote:
    """Make a round with as many signed-in voters, and a request of each that casts a ballot."""
    round = round or make_vote([300] * projects, paper={"max_choices": 2}, budget_minor=300 * projects)
    offered = codes(round)
    assert round.poll.rules_hash is not None
    accounts = Account.objects.bulk_create(
        Account(email=f"voter{secrets.token_hex(6)}@example.org", password="!", display_name="Resident")
        for _ in range(n_voters)
    )
    persons = Person.objects.bulk_create(
        Person(
            authority=round.authority,
            account=account,
            participation="resident",
            area=round.authority.area,
            age_group="35-49",
            assurance=2,
            verified_at=timezone.now(),
        )
        for account in accounts
    )
    path = reverse("voting:review", args=[round.authority.slug, round.slug])
    sessions, ballots = [], []
    for account, person in zip(accounts, persons, strict=True):
        session, token = secrets.token_hex(16), secrets.token_hex(16)
        sessions.append(
            Session(
                session_key=session,
                session_data=SessionStore().encode(
                    {
                        SESSION_KEY: str(account.pk),
                        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                        HASH_SESSION_KEY: account.get_session_auth_hash(),
                    }
                ),
                expire_date=timezone.now() + timedelta(days=1),
            )
        )
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"sessionid={session}; csrftoken={token}",
        }
        chosen = sorted(secrets.SystemRandom().sample(offered, 2))
        text = sealing.canonical({1: chosen})
        envelope = Envelope.of(sealing.new_code(), round.slug, bytes(round.poll.rules_hash), text)
        fields = [
            *(("choice-1", code) for code in chosen),
            ("log_ref", envelope.references.log_ref.hex()),
            ("ballot_ref", envelope.references.ballot_ref.hex()),
            ("nonce", envelope.references.nonce.hex()),
            ("commitment", envelope.commitment.hex()),
            ("csrfmiddlewaretoken", token),
        ]
        ballots.append(
            Ballot(str(person.pk), path, headers, urlencode(fields), text, envelope.references.log_ref)
        )
    Session.objects.bulk_create(sessions)
    return Vote(fresh(round), ballots, offered)


@dataclass(frozen=True, slots=True)
class Found:
    """What a round's box and log hold of a list of ballots."""

    acknowledged: int
    stored: int
    # Acknowledged, and not in the log or not as they were cast.
    lost: int
    # Entries or ballots beyond one for each voter.
    duplicated: int


def compare(vote: Vote) -> Found:
    """Look into the box and the log for each ballot, opening it with the round's key."""
    round = fresh(vote.round)
    key = round.poll.key
    entries = Counter(
        bytes(ref) for ref in CastEvent.objects.filter(round=round).values_list("log_ref", flat=True)
    )
    rows = {bytes(row.voter_tag): row for row in BallotBox.objects.filter(round_id=round.pk)}
    lost = 0
    for ballot in vote.ballots:
        row = rows.get(sealing.tag(key, ballot.person_id))
        opened = open_row(key, row) if row is not None and row.sealed is not None else None
        whole = opened is not None and opened.choices == ballot.choices and entries[ballot.log_ref] == 1
        lost += ballot.acknowledged and not whole
    n_events = sum(entries.values())
    mine = {sealing.tag(key, ballot.person_id) for ballot in vote.ballots}
    castings = sum(row.revision for row in rows.values())
    duplicated = (n_events - len(entries)) + (castings - len(rows)) + len(set(rows) - mine)
    return Found(sum(ballot.acknowledged for ballot in vote.ballots), len(rows), lost, duplicated)


@contextmanager
def voters_at_work(
    ballots: Sequence[Ballot], port: int, *, clients: int, seconds: float = 120, held_back: int = 0
) -> Iterator[Callable[[], int]]:
    """Cast the ballots from as many threads while the block runs, until all are acknowledged or time is up.

    Yields how many are acknowledged by now, so that a fault can be made in the midst. The last ones, as many
    as are `held_back`, are cast after the block, so that it never comes too late.
    """
    waiting = list(reversed(ballots))
    over = threading.Event()
    lock = threading.Lock()
    deadline = time.monotonic() + seconds

    def work() -> None:
        while True:
            with lock:
                is_held_back = len(waiting) <= held_back and not over.is_set()
                if not is_held_back:
                    if not waiting:
                        return
                    ballot = waiting.pop()
            if is_held_back:
                over.wait()
                continue
            ballot.post_until_acknowledged(port, seconds=deadline - time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield lambda: sum(ballot.acknowledged for ballot in ballots)
    finally:
        over.set()
        for thread in threads:
            thread.join()
