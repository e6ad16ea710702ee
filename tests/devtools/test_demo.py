"""`manage.py demo` as a person runs it: started, hurt, killed and stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from devtools.demo.records import N_BALLOTS
from devtools.embedded import EmbeddedServers, processes
from tests.peers import wait_for

pytestmark = pytest.mark.timeout(600)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Demo:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.log = home.parent / "terminal.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "demo"],
                cwd=settings.BASE_DIR,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.wait_for_line("Ready in")

    def environment(self) -> dict[str, str]:
        ours = {"DATABASE_URL", "REDIS_URL", "CACHE_REDIS_URL"}
        return {name: value for name, value in os.environ.items() if name not in ours} | {
            "DJANGO_SETTINGS_MODULE": "pbplatform.settings.development",
            "DEMO_HOME": str(self.home),
            "PORT": str(self.port),
            "DEMO_BALLOTS": "300",
        }

    def wait_for_line(self, words: str) -> None:
        assert self.process is not None
        process = self.process
        wait_for(lambda: words in self.log.read_text() or process.poll() is not None, words, 300)
        assert words in self.log.read_text(), self.log.read_text()

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(60)

    def everything_running(self) -> list[int]:
        """Ids of all processes that have this home in their arguments, environment or working folder."""
        mine = os.fsencode(self.home)
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    traces = (entry / "environ").read_bytes() + os.fsencode(os.readlink(entry / "cwd"))
                except OSError:
                    continue
                if mine in traces and processes.is_running(int(entry.name)):
                    found.append(int(entry.name))
        return found

    def wait_for_the_end(self) -> None:
        """Wait until nothing of this home runs any more; say by name what is left."""
        deadline = time.monotonic() + 60
        while left := self.everything_running():
            if time.monotonic() > deadline:
                lines = subprocess.run(
                    ["/bin/ps", "-o", "pid,ppid,stat,etimes,wchan:20,args", "-p", ",".join(map(str, left))],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                raise TimeoutError(f"still running:\n{lines.stdout}")
            time.sleep(0.1)

    def pids_of(self, *words: str) -> list[int]:
        def command(pid: int) -> str:
            try:
                return Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
            except OSError:
                return ""

        return [pid for pid in self.everything_running() if all(word in command(pid) for word in words)]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    # Too deep for a socket, and with spaces.
    demo = Demo(tmp_path / "a folder with spaces" / ("deep" * 25))
    demo.home.mkdir(parents=True)
    yield demo
    for pid in demo.everything_running():
        os.kill(pid, signal.SIGKILL)


def answers(demo: Demo) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/accounts/login/", timeout=10) as page:
            return bool(page.status == 200)
    except OSError:
        return False


@pytest.mark.slow(60)
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_the_demo_survives_a_killed_worker_and_leaves_nothing_behind(demo):
    demo.start()
    assert answers(demo)
    # All of them are cast where the tests' own database of the round is made: see tests/template.py.
    assert "300 ballots" in demo.log.read_text()

    # A worker that is killed comes back, and the terminal says so.
    [worker] = demo.pids_of("celery", " worker ")[:1]
    os.kill(worker, signal.SIGKILL)
    demo.wait_for_line("The worker was killed by SIGKILL and was started again")

    # A second launcher is refused and harms nothing.
    environment = demo.environment() | {"PORT": str(free_port())}
    second = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"already run by process {demo.process.pid}" in second.stderr
    assert answers(demo)

    # A launcher that is killed outright takes everything with it.
    demo.end(signal.SIGKILL)
    demo.wait_for_the_end()

    # The data is kept, and SIGTERM stops everything too.
    made_at = (demo.home / "postgres" / "PG_VERSION").stat().st_mtime_ns
    demo.start()
    assert (demo.home / "postgres" / "PG_VERSION").stat().st_mtime_ns == made_at
    assert answers(demo)
    assert demo.end(signal.SIGTERM) == 0
    assert demo.everything_running() == []


def test_a_taken_port_is_named_before_anything_is_started(demo):
    with socket.create_server(("127.0.0.1", demo.port)):
        refused = subprocess.run(
            [sys.executable, "manage.py", "demo"],
            cwd=settings.BASE_DIR,
            env=demo.environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    assert refused.returncode == 1
    assert f"Port {demo.port} is taken by another program" in refused.stderr
    assert list(demo.home.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "most"),
    [("PORT", "65536", 65535), ("PORT", "http", 65535), ("DEMO_BALLOTS", "0", N_BALLOTS)],
)
def test_a_number_that_is_none_is_refused_by_name(name, value, most, settings, tmp_path, monkeypatch):
    settings.EMBEDDED_HOME = tmp_path
    monkeypatch.setenv(name, value)

    with pytest.raises(CommandError, match=f"{name} is “{value}”; it must be a number from 1 to {most}"):
        call_command("demo")

    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def servers(tmp_path, monkeypatch) -> Iterator[EmbeddedServers]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    servers = EmbeddedServers(tmp_path / "home")
    yield servers
    servers.stop()
    servers.release()


def test_a_home_removed_under_its_servers_is_noticed_and_the_orphans_stopped(servers):
    servers.start()
    assert servers.problem() is None
    old = servers.postgres._process.pid

    shutil.rmtree(servers.home)

    assert "was removed while the servers were running" in servers.problem()
    assert processes.left_behind(servers.postgres.data, "postgres") == [old]


def test_servers_of_a_launcher_that_died_are_found_by_their_folder_and_stopped(servers):
    servers.start()
    found = processes.left_behind(servers.postgres.data, "postgres")

    another = EmbeddedServers(servers.home)
    another.postgres.stop_left_behind()
    another.valkey.stop_left_behind()

    assert found == [servers.postgres._process.pid]
    assert processes.left_behind(servers.postgres.data, "postgres") == []
    assert processes.left_behind(servers.valkey.data, "valkey-server") == []
