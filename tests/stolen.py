"""Contents of stolen copies: PostgreSQL's dump and write-ahead log, Redis, and texts in disguise."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg2
import redis
from django.conf import settings
from django.db import connection

from devtools.embedded import EmbeddedServers
from pbplatform.settings.test import EMBEDDED

_SEGMENT = 16 << 20
_PAGE = 8192
# A page of the write-ahead log begins with a header; the first of a segment has a longer one.
_HEADER, _FIRST_HEADER = 24, 40


def pg_dump(servers: EmbeddedServers | None = None, database: str = "") -> str:
    """The dump of this test's database by PostgreSQL's own program; empty on a server that is not ours."""
    servers = servers or EMBEDDED
    if not servers.with_postgres:
        return ""
    return subprocess.run(
        [
            str(servers.postgres.programs / "pg_dump"),
            "--host",
            str(servers.sockets),
            "--username",
            servers.postgres.USER,
            database or str(connection.settings_dict["NAME"]),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def broker_and_cache(urls: Iterable[str] = ()) -> str:
    """Everything both databases of Redis hold, keys and values."""
    parts = []
    for url in urls or (settings.REDIS_URL, str(settings.CACHES["default"]["LOCATION"])):
        server = redis.Redis.from_url(url)
        for key in server.scan_iter("*"):
            parts.append(repr(key))
            parts.append(repr(server.dump(key)))
            if server.type(key) == b"string":
                parts.append(repr(server.get(key)))
            elif server.type(key) == b"list":
                parts.append(repr(server.lrange(key, 0, -1)))
    return "\n".join(parts)


def in_base64(content: str | bytes) -> set[str]:
    """The part of a text that shows in base64, wherever in a longer text it began."""
    content = content.encode() if isinstance(content, str) else content
    found = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + content).decode()
        # The first and last signs mix with what stands around.
        found.add(encoded[4 if shift else 0 :].rstrip("=")[:-2])
    return found


@contextmanager
def kept_wal() -> Iterator[int]:
    """Keep the write-ahead log from now on; yields where it stands, for `read_wal`."""
    database = connection.settings_dict
    # A session of its own: what it keeps back is let go with it, also when this process is killed.
    keeper = psycopg2.connect(host=database["HOST"], user=database["USER"], dbname=database["NAME"])
    keeper.autocommit = True
    try:
        with keeper.cursor() as cursor:
            name = f"kept_{os.getpid()}_{secrets.token_hex(4)}"
            cursor.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", [name])
            cursor.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
            (start,) = cursor.fetchone() or (0,)
        yield int(start)
    finally:
        keeper.close()


def read_wal(start: int) -> bytes:
    """The write-ahead log from there up to now, as one stream of records."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn, current_setting('data_directory'),"
            " (SELECT timeline_id FROM pg_control_checkpoint())"
        )
        end, folder, timeline = cursor.fetchone() or (0, "", 0)
    per_file = (1 << 32) // _SEGMENT
    parts = []
    for segment in range(start // _SEGMENT, int(end) // _SEGMENT + 1):
        name = f"{timeline:08X}{segment // per_file:08X}{segment % per_file:08X}"
        content = (Path(folder) / "pg_wal" / name).read_bytes()
        for page in range(0, _SEGMENT, _PAGE):
            if segment * _SEGMENT + page + _PAGE > start and segment * _SEGMENT + page < int(end):
                parts.append(content[page + (_HEADER if page else _FIRST_HEADER) : page + _PAGE])
    return b"".join(parts)


def first_places(stream: bytes, values: Iterable[bytes]) -> dict[bytes, int]:
    """The first place of each value of four bytes or more in a stream; values not found are left out."""
    wanted = list(values)
    heads = np.array(sorted({int.from_bytes(value[:4], "little") for value in wanted}), dtype="<u4")
    by_head: dict[bytes, list[bytes]] = {}
    for value in wanted:
        by_head.setdefault(value[:4], []).append(value)
    found: dict[bytes, int] = {}
    for shift in range(4):
        words = np.frombuffer(stream, dtype="<u4", offset=shift, count=(len(stream) - shift) // 4)
        for number in np.nonzero(np.isin(words, heads))[0].tolist():
            place = 4 * number + shift
            for value in by_head[stream[place : place + 4]]:
                if stream.startswith(value, place):
                    found[value] = min(place, found.get(value, place))
    return found
