"""One site for all fault tests: started once, killed often, and looked over after each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from devtools.embedded import first_free
from pbplatform.operations import invariants
from tests.faults.site import Site


@pytest.fixture(scope="session")
def whole_site(django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """PostgreSQL, Valkey and web server of their own. Their folder is kept for the next run."""
    # Claimed until the end: another process of the tests takes another folder.
    with Site(first_free(Path(settings.BASE_DIR) / "var" / "faults")) as site:
        yield site


@pytest.fixture
def site(whole_site: Site, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """The site, with this process's database connection leading to it. Afterwards every invariant holds."""
    with django_db_blocker.unblock(), whole_site.database():
        whole_site.wait_until_it_answers()
        yield whole_site
        connection.close()
        broken = {found.code: found.found for found in invariants.inspect(deep=True) if found.found}
    assert broken == {}
