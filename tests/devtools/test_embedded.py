"""The servers of the demo and of the tests."""

import os
import subprocess
import sys

import psycopg2
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from pbplatform.operations import tasks
from tests.peers import CeleryProcess, database_url_of_this_test, wait_for

pytestmark = pytest.mark.django_db


def test_letters_of_korean_and_thai_have_trigrams():
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("SELECT similarity('공원 벤치', '공원 의자') > 0, similarity('สวนสาธารณะ', 'สวน') > 0")

        assert cursor.fetchone() == (True, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("fsync", "on"), ("data_checksums", "on"), ("TimeZone", "UTC"), ("server_encoding", "UTF8")],
)
def test_the_database_runs_as_in_production(name, value):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])

        assert cursor.fetchone() == (value,)


def test_a_task_is_run_by_a_real_worker(celery_worker: CeleryProcess):
    assert cache.get(tasks.HEARTBEAT_KEY) is None

    tasks.heartbeat.delay()

    assert wait_for(lambda: cache.get(tasks.HEARTBEAT_KEY), "the heartbeat")


def test_a_worker_that_was_killed_is_replaced(celery_worker: CeleryProcess):
    celery_worker.kill()
    celery_worker.ensure_running()

    tasks.heartbeat.delay()

    assert wait_for(lambda: cache.get(tasks.HEARTBEAT_KEY), "the heartbeat")


def test_a_database_that_sees_no_korean_letters_is_refused():
    name = "without_letters"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'")
    address = database_url_of_this_test().rpartition("/")[0] + f"/{name}"
    try:
        with psycopg2.connect(**connection.get_connection_params() | {"dbname": name}) as other:
            other.cursor().execute("CREATE EXTENSION pg_trgm")
        other.close()

        checked = subprocess.run(
            [sys.executable, "manage.py", "check", "--database", "default"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DATABASE_URL": address},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")

    assert checked.returncode == 1
    assert "sees no letters in Korean or Thai text" in checked.stderr
