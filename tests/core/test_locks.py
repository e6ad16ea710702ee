"""Advisory locks: every purpose has a number of its own, and only one module knows it."""

import re

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from core.db import locks
from core.db.locks import LockSpace
from core.db.triggers import guarded_apps, source

# As `{LockSpace.ROUND}`, or as a parameter that is one.
_IN_SQL = re.compile(r"advisory\w*lock\w*\(\s*(?!\{LockSpace\.)")


def _sources():
    folders = {
        config.path for config in apps.get_app_configs() if config.path.startswith(f"{settings.BASE_DIR}/")
    }
    for folder in folders - {path for path in folders if "site-packages" in path}:
        for path in settings.BASE_DIR.glob(f"{folder.removeprefix(f'{settings.BASE_DIR}/')}/**/*.py"):
            yield path.relative_to(settings.BASE_DIR).as_posix(), path.read_text(encoding="utf-8")


def test_only_one_module_takes_advisory_locks_in_python():
    taking = [path for path, text in _sources() if re.search(r"\bpg_\w*advisory", text)]

    assert taking == ["core/db/locks.py"]


def test_functions_in_sql_name_their_lock_and_write_no_number():
    texts = {config.label: source(config.label) for config, _guards in guarded_apps()}

    assert "pg_advisory_xact_lock_shared({LockSpace.ROUND}" in texts["ballots"]
    assert {label: _IN_SQL.findall(text) for label, text in texts.items() if _IN_SQL.search(text)} == {}


def test_a_number_written_out_in_sql_would_be_seen():
    assert _IN_SQL.search("PERFORM pg_advisory_xact_lock_shared(7001, p_round::integer);")


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_for_a_code_does_not_wait_for_whoever_seals_the_record():
    # Both took 7002 once, with whatever second key: a network could hold up the sealing.
    parameters = connection.get_connection_params()
    with psycopg2.connect(**parameters) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, 0)", [int(LockSpace.CODES_OF_A_NETWORK)])
        taken = {space.name for space in LockSpace if locks.take_if_free(space)}
    other.close()
    for name in taken:
        locks.give_back(LockSpace[name])

    assert taken == {"ROUND", "SEALS", "INSPECTION"}
