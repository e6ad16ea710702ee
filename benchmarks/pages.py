"""Pages per second and queries per page, for a round of 420 and one of 10,000 proposals.

The pages come over HTTP from granian with one worker, as in production, asked one after the other; printed
are the median, the slowest of twenty, pages per second, the processor time one page takes in the worker
(which other programs on the machine do not change), and the queries of one such page.
"""

import http.client
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

REQUESTS = 40
SIZES = (420, 10_000)

PLACES = ["역삼1동", "대치2동", "개포1동", "세곡동", "논현2동", "삼성1동"]
THINGS = [
    "어린이공원 그늘막",
    "보행로 조명",
    "쉼터 의자",
    "자전거 보관대",
    "빗물받이 정비",
    "마을 도서관 책장",
]
BODY = "이 골목에는 앉을 곳이 없어 어르신들이 다니기 어렵습니다. 나무 그늘 아래 의자를 놓아 주세요. " * 12


def main() -> None:
    """Measure and print."""
    with _site() as (address, web):
        for size in SIZES:
            slug = _fill(size)
            for name, path in _pages(slug):
                n_queries = _queries(path)
                for _ in range(3):
                    _fetch(address, path)
                before = _processor_seconds(web)
                times = [_fetch(address, path) for _ in range(REQUESTS)]
                busy = (_processor_seconds(web) - before) / REQUESTS
                median = statistics.median(times)
                slowest = statistics.quantiles(times, n=20)[-1]
                print(
                    f"{size:>6} proposals  {name:<24} {1000 * median:7.1f} ms median"
                    f"  {1000 * slowest:7.1f} ms slowest of 20  {1 / statistics.mean(times):6.1f} pages/s"
                    f"  {1000 * busy:6.1f} ms processor  {n_queries} queries"
                )


def _pages(slug: str) -> Iterator[tuple[str, str]]:
    list_ = f"/bench/{slug}/proposals/"
    yield "list", list_
    yield "list, last page", f"{list_}?page=9999"
    yield "list, search 2 syllables", f"{list_}?q={quote('공원')}"
    yield "list, search 2 words", f"{list_}?q={quote('그늘막 개포1동')}"
    yield "list, category and place", f"{list_}?category=parks&area=whole"
    yield "list, by cost", f"{list_}?sort=cost&cost_from=1000000"
    yield "list, by supporters", f"{list_}?sort=supporters"
    yield "list, random", f"{list_}?sort=random"
    yield "proposal", f"{list_}{slug.upper()}-0001/"
    yield "round", f"/bench/{slug}/"


@contextmanager
def _site() -> Iterator[tuple[str, int]]:
    """A fresh database and a web server on it; yields the server's address and process."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "pbplatform.settings.test"
    import logging

    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.test.utils import setup_test_environment, teardown_test_environment

    from pbplatform.settings.test import EMBEDDED

    EMBEDDED.start()
    try:
        from django.conf import settings
        from django.test.runner import DiscoverRunner

        runner = DiscoverRunner(verbosity=0, interactive=False)
        databases = runner.setup_databases()
        setup_test_environment()
        try:
            with _server(settings.DATABASES["default"]["NAME"], EMBEDDED) as site:
                yield site
        finally:
            teardown_test_environment()
            runner.teardown_databases(databases)
    finally:
        EMBEDDED.stop()
        EMBEDDED.release()


@contextmanager
def _server(database: str, embedded: object) -> Iterator[tuple[str, int]]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = embedded.database_url  # type: ignore[attr-defined]  # imported only once settings are chosen
    environment = dict(
        os.environ,
        DATABASE_URL=url(database),
        REDIS_URL=embedded.redis_url(0),  # type: ignore[attr-defined]
    )
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--no-ws", "pbplatform.wsgi:application"),
    ]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as web:
        try:
            _wait(lambda: _fetch(f"127.0.0.1:{port}", "/"))
            yield f"127.0.0.1:{port}", web.pid
        finally:
            web.terminate()


def _processor_seconds(parent: int) -> float:
    """Processor time so far of the server's workers, from Linux's /proc."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _wait(answers: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            answers()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _fetch(address: str, path: str) -> float:
    """Fetch a page and return the seconds it took. Raises AssertionError if it is not there."""
    connection = http.client.HTTPConnection(address, timeout=30)
    start = time.perf_counter()
    connection.request("GET", path, headers={"Host": "localhost", "Accept-Language": "ko"})
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - start
    connection.close()
    assert answer.status == 200, (path, answer.status, body[:200])
    return seconds


def _queries(path: str) -> int:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        assert Client().get(path).status_code == 200
    return len(queries)


def _fill(size: int) -> str:
    """Make a round of `size` public proposals and return its slug."""
    from django.db import connection
    from django.utils import timezone

    from authorities.models import Authority, Category
    from places.models import Area
    from proposals.lifecycle import State
    from proposals.services import RecordedProposal, load_recorded
    from tests.factories import make_area, make_authority, make_category, make_department, make_round

    authority = Authority.objects.filter(slug="bench").first()
    if authority is None:
        authority = make_authority(slug="bench", name={"ko": "벤치구", "en": "Bench-gu"})
        department = make_department(authority)
        for slug in ("parks", "roads", "safety", "culture"):
            make_category(authority, slug=slug, department=department)
        for place in PLACES:
            make_area(authority.area, name={"ko": place})
    slug = f"bench-{size}"
    round = make_round(authority, slug=slug, proposal_prefix=f"{slug.upper()}-")
    dice = random.Random(size)
    categories = list(Category.objects.filter(authority=authority))
    areas = [None, *Area.objects.filter(parent=authority.area)]
    now = timezone.now()
    records = [
        RecordedProposal(
            code=f"{slug.upper()}-{number:04d}",
            submitted_at=now - timedelta(minutes=number),
            title=f"{dice.choice(PLACES)} {dice.choice(THINGS)} {number}",
            body=BODY,
            language="ko",
            translations={"en": {"title": f"Something for the neighbourhood, number {number}"}},
            category=dice.choice(categories),
            area=dice.choice(areas),
            requested_cost_minor=dice.randrange(1, 300) * 100_000,
            state=State.PUBLISHED,
            n_supporters=dice.randrange(0, 300),
        )
        for number in range(1, size + 1)
    ]
    load_recorded(round, records, actor=None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return slug
