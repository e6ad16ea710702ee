"""A migrated database to copy, so that no run of the tests migrates what an earlier one has.

Copying takes a fraction of a second, migrating several on a busy machine, in each of xdist's
processes. The name carries a hash of every migration, so a changed one makes a new template.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import django
import psycopg2
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from pbplatform.embedded import EmbeddedServers


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


def empty_tables(connection: BaseDatabaseWrapper) -> list[str]:
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


def empty(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    """Delete all rows of the tables, in one transaction.

    Triggers sleep in it, those that keep rows from being deleted and those of foreign keys, which takes a
    superuser. A table without rows costs one look.
    """
    deletions = "".join(
        f'IF EXISTS (SELECT FROM "{table}") THEN DELETE FROM "{table}"; END IF;\n' for table in tables
    )
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
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
