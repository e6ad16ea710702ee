"""Run the whole platform on this machine, with a round to try."""

from __future__ import annotations

import os
import shutil
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from devtools import demo
from devtools.demo.records import N_BALLOTS
from devtools.embedded import EmbeddedServers
from devtools.embedded.exceptions import AlreadyRunning, EmbeddedError
from devtools.launcher import Launcher, LaunchFailed


class Command(BaseCommand):
    help = (
        "Start PostgreSQL, Valkey, the web server, a Celery worker and beat in the foreground, load the demo "
        "round at the first start, and stop all of it on Ctrl-C. For trying it, and for development."
    )
    # The database that the checks would ask does not run yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="throw the demo's data away, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if not hasattr(settings, "EMBEDDED_HOME"):
            raise CommandError(
                "These settings are not for a demo: its accounts have passwords that everybody knows. "
                "Use DJANGO_SETTINGS_MODULE=pbplatform.settings.development."
            )
        servers = EmbeddedServers(settings.EMBEDDED_HOME)
        try:
            if options["reset"]:
                self._reset(servers)
            else:
                self._run(servers)
        except AlreadyRunning as error:
            raise CommandError(
                f"{error} Its address is where you started it; Ctrl-C there stops it."
            ) from error
        except (EmbeddedError, LaunchFailed) as error:
            raise CommandError(str(error)) from error

    def _reset(self, servers: EmbeddedServers) -> None:
        if not servers.with_postgres:
            raise CommandError(
                "DATABASE_URL names a database of yours, which is not deleted here: drop it yourself."
            )
        servers.claim()
        servers.postgres.stop_left_behind()
        servers.valkey.stop_left_behind()
        shutil.rmtree(servers.home)
        self.stdout.write(f"Removed {servers.home}. `make demo` starts over.")

    def _run(self, servers: EmbeddedServers) -> None:
        started = time.monotonic()
        n_ballots = self._number("DEMO_BALLOTS", N_BALLOTS, most=N_BALLOTS)
        launcher = Launcher(
            servers,
            port=self._number("PORT", 8000, most=65535),
            base=settings.BASE_DIR,
            environment=dict(os.environ, DEBUG="false", PYTHONUNBUFFERED="1"),
            say=self._say,
        )

        def ready() -> None:
            self._say("")
            self._say(f"Ready in {time.monotonic() - started:.1f} s:  http://localhost:{launcher.port}/")
            self._say_accounts()
            self._say(f"Mail is written to {settings.EMAIL_FILE_PATH}, logs to {servers.home}")
            self._say("Ctrl-C stops everything and keeps the data; `make demo-reset` starts over.")

        launcher.run(lambda: self._prepare(servers, n_ballots), ready)

    def _prepare(self, servers: EmbeddedServers, n_ballots: int) -> None:
        if servers.with_postgres:
            servers.postgres.create_database(settings.DATABASES["default"]["NAME"])
        self._say("PostgreSQL and Valkey are up; bringing the database's tables up to date.")
        call_command("migrate", verbosity=0, interactive=False)
        demo.load(self._progress, n_ballots=n_ballots)
        # The children open connections of their own; this one would only be in the way of a shutdown.
        connection.close()

    def _progress(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` are done: a bar on a terminal, a line at the end elsewhere."""
        if sys.stdout.isatty():
            filled = 30 * done // max(total, 1)
            end = "\n" if done >= total else ""
            bar = "█" * filled + "░" * (30 - filled)
            self.stdout.write(f"\r  {bar} {done:>6,} of {total:,} {what}\x1b[K{end}", ending="")
        elif done >= total:
            self.stdout.write(f"  {total:,} {what}")
        self.stdout.flush()

    def _say_accounts(self) -> None:
        for account in demo.ACCOUNTS:
            self._say(f"  {account}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _number(self, name: str, default: int, *, most: int) -> int:
        """Return the number that variable holds. Raises CommandError unless it is one from 1 to `most`."""
        text = os.environ.get(name) or str(default)
        if not text.isdecimal() or not 0 < int(text) <= most:
            raise CommandError(
                f"{name} is “{text}”; it must be a number from 1 to {most}, "
                f"as in: {name}={most // 8} make demo"
            )
        return int(text)
