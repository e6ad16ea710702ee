"""The site as it runs: real HTTP, a Celery worker, beat, a broker and a mail server.

`site` is all of them together. Nothing is faked or run in the test's own thread; a test waits
for what it expects with `tests.peers.wait_for`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.peers import CeleryProcess, MailPeer


@dataclass(frozen=True, slots=True)
class Site:
    """The site's address and its processes."""

    url: str
    worker: CeleryProcess
    mail: MailPeer


@pytest.fixture
def site(live_server: LiveServer, celery_worker: CeleryProcess, smtp: MailPeer) -> Site:
    """The site with a worker and a mail server, on this test's database."""
    return Site(live_server.url, celery_worker, smtp)


@pytest.fixture
def beat(
    site: Site, mail_peer: MailPeer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CeleryProcess]:
    """Celery's beat with the schedule of `pbplatform/celery.py`, for one test."""
    with CeleryProcess("beat", tmp_path_factory.mktemp("beat"), mail_peer) as beat:
        yield beat
