"""Databases to copy: a migrated one, and one with the demo's large round, cast, counted and published.

Copying takes a fraction of a second, migrating several on a busy machine, in each of xdist's
processes, and the round half a minute. Their names carry a hash of what they are made by, every
migration or all code and data, so that a change makes a new one, and no run makes what an earlier one has.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg2
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from devtools.demo import flagship, foundation, people
from devtools.embedded import EmbeddedServers


def fingerprint() -> str:
    """Twelve hexadecimal digits that change with any migration of any installed app, ours or not."""
    digest = hashlib.sha256(django.__version__.encode())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        for path in sorted(Path(config.path).glob("migrations/**/*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(str(path.relative_to(config.path)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def migrated(servers: EmbeddedServers) -> str:
    """The name of a database with all migrations applied, made now if there is none. Drops older ones."""
    name = f"template_{fingerprint()}"
    with _maintenance(servers) as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'")
        known = {row[0] for row in cursor.fetchall()}
        for old in known - {name}:
            cursor.execute(f'DROP DATABASE "{old}"')
    if name not in known:
        unfinished = f"unfinished_{name}"
        with _maintenance(servers) as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{unfinished}"')
            cursor.execute(f'CREATE DATABASE "{unfinished}"')
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity=0"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": servers.database_url(unfinished)},
            check=True,
        )
        with _maintenance(servers) as cursor:
            cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
    return name


def with_the_round(folder: Path) -> str:
    """The name of a database with the demo's large round in it, made now if there is none. Drops older ones.

    Made apart from the test's own database, by the services alone. Of processes that want it at once one
    makes it; `folder` holds the lock.
    """
    name = f"round_{_fingerprint_of_code()}"
    with (folder / "round.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'round\\_%'")
            known = {row[0] for row in cursor.fetchall()}
            if name in known:
                return name
            for old in known:
                cursor.execute(f'DROP DATABASE "{old}"')
        unfinished = f"unfinished_{name}"
        copy(connection.settings_dict["TEST"]["TEMPLATE"] or "template1", unfinished)
        with database(unfinished):
            call_command("migrate", interactive=False, verbosity=0)
            authority = foundation.authority()
            accounts = people.accounts(authority)
            flagship.load(authority, (accounts["budget"], accounts["admin"]), lambda *_: None)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
    return name


def _fingerprint_of_code() -> str:
    digest = hashlib.sha256(fingerprint().encode())
    for package in ("devtools", *settings.OUR_PACKAGES):
        for path in sorted((settings.BASE_DIR / package).rglob("*")):
            if path.suffix in (".py", ".csv", ".json") and path.is_file():
                digest.update(str(path.relative_to(settings.BASE_DIR)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def copy(source: str, name: str) -> None:
    """Make database `name` a copy of `source`, in place of one that an earlier run has left."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')


@contextmanager
def database(name: str) -> Iterator[None]:
    """Let `connection` lead to that database of the same server."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def empty_tables() -> list[str]:
    """Return the names of all tables without a row, in the order of their names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " ORDER BY relname"
        )
        tables = [row[0] for row in cursor.fetchall()]
        empty = []
        for table in tables:
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')
            if not cursor.fetchone()[0]:
                empty.append(table)
    return empty


def empty(tables: list[str]) -> None:
    """Delete all rows of the tables, in one transaction.

    Triggers sleep in it, those that keep rows from being deleted and those of foreign keys, which takes a
    superuser. A table without rows costs one look.
    """
    deletions = "".join(
        f'IF EXISTS (SELECT FROM "{table}") THEN DELETE FROM "{table}"; END IF;\n' for table in tables
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"DO $$ BEGIN\n{deletions}END $$")


class _maintenance:
    """A cursor of the server's own database, outside transactions, where databases are made."""

    def __init__(self, servers: EmbeddedServers) -> None:
        self._connection = psycopg2.connect(
            host=str(servers.sockets), user=servers.postgres.USER, dbname="postgres", connect_timeout=5
        )
        self._connection.autocommit = True

    def __enter__(self) -> psycopg2.extensions.cursor:
        return self._connection.cursor()

    def __exit__(self, *error: object) -> None:
        self._connection.close()
