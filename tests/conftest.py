"""Servers, shared data and peers for every test.

PostgreSQL and Valkey are real and are started once a run, by the process that starts the
others. DATABASE_URL and REDIS_URL replace them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django import DjangoDbBlocker

from devtools.demo import flagship
from identity.models import Account
from pbplatform.settings.test import BASE_DIR, EMBEDDED
from rounds.models import Round
from tests import template
from tests.identity.peers import Phones
from tests.peers import CeleryProcess, MailPeer

# Playwright keeps an event loop running in its process, where Django would then refuse every query.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

pytest_plugins = ["tests.budget"]

SHARED = BASE_DIR.parent / "shared"
IN_CI = bool(os.environ.get("CI"))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        EMBEDDED.start()
        # Processes of xdist inherit the environment and copy the template too.
        if EMBEDDED.with_postgres and not config.option.collectonly:
            os.environ["PBPLATFORM_TEST_TEMPLATE"] = template.migrated(EMBEDDED)
    if "PBPLATFORM_TEST_TEMPLATE" in os.environ:
        connection.settings_dict["TEST"]["TEMPLATE"] = os.environ["PBPLATFORM_TEST_TEMPLATE"]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        EMBEDDED.stop()
        EMBEDDED.release()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Django's test database, and a way to empty it after a test whose changes are committed.

    Django truncates every table, one file after another, and fills its own again: a second or more. Most
    tests write to a dozen tables, so only rows are deleted, from all tables but those that migrations filled.
    """
    with django_db_blocker.unblock():
        tables = template.empty_tables()

    def empty(_test: TransactionTestCase) -> None:
        template.empty(tables)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(scope="session")
def _round_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """This process's own copy of the database with the demo's large round."""
    with django_db_blocker.unblock():
        name = f"{connection.settings_dict['NAME']}_round"
        template.copy(template.with_the_round(EMBEDDED.home), name)
    yield name
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}"')


@pytest.fixture(scope="module")
def loaded(_round_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[SimpleNamespace]:
    """The demo's round of 420 proposals and 11,205 ballots, counted and published, for a module's tests.

    `round`, `authority`, and the demo's accounts by name in `people`. The module's tests see a database
    with nothing else in it; none of them may be transactional, which would leave it empty.
    """
    with django_db_blocker.unblock(), template.database(_round_database):
        round = Round.objects.select_related("authority", "poll").get(slug=flagship.SLUG)
        accounts = {account.email.partition("@")[0]: account for account in Account.objects.all()}
        yield SimpleNamespace(authority=round.authority, people=accounts, round=round)


def _require_shared() -> Path:
    if not SHARED.is_dir():
        if IN_CI:
            pytest.fail(f"{SHARED} is missing, and in CI its tests may not be skipped")
        pytest.skip(f"needs the shared data in {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data next to the clone. Skips the test without it; fails it in CI."""
    return _require_shared()


@pytest.fixture(autouse=True)
def _shared_marker(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("shared"):
        _require_shared()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits and counters of one test must not refuse the next one."""
    cache.clear()


@pytest.fixture(autouse=True)
def _default_language() -> None:
    """A page in another language, asked for by one test, must not choose the words of the next one."""
    translation.deactivate()


@pytest.fixture(scope="session")
def mail_peer() -> Iterator[MailPeer]:
    """A local SMTP server that keeps what it is sent, in `messages`."""
    with MailPeer() as peer:
        yield peer


@pytest.fixture
def smtp(mail_peer: MailPeer, settings: object) -> MailPeer:
    """The SMTP server, empty, with this process and `celery_worker` sending their mail to it."""
    mail_peer.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = mail_peer.host, mail_peer.port  # type: ignore[attr-defined]
    return mail_peer


@pytest.fixture
def phones(settings: object) -> type[Phones]:
    """A gateway whose text messages a test can read, in `texts`; it works, and nothing is sent yet."""
    settings.SMS_GATEWAY = "tests.identity.peers.Phones"  # type: ignore[attr-defined]
    Phones.texts.clear()
    Phones.is_down = False
    return Phones


@pytest.fixture(scope="session")
def _celery_worker_process(
    django_db_setup: None, mail_peer: MailPeer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CeleryProcess]:
    with CeleryProcess("worker", tmp_path_factory.mktemp("celery"), mail_peer) as worker:
        yield worker


@pytest.fixture
def celery_worker(_celery_worker_process: CeleryProcess, transactional_db: None) -> Iterator[CeleryProcess]:
    """A real Celery worker, in a process of its own, on this test's database and broker.

    It sees only what was committed, hence `transactional_db`. Started once a run, restarted if a test has
    killed it. It works for this test alone: what other tests sent is forgotten, and before the tables are
    emptied it has finished what this one sent, and takes nothing more.
    """
    _celery_worker_process.begin()
    yield _celery_worker_process
    _celery_worker_process.rest()
