from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from pbplatform.demo import flagship, foundation, people


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SimpleNamespace]:
    """The synthetic round of 420 proposals, loaded once for a module in a transaction that is rolled back.

    `round`, `authority`, and the demo's accounts by name in `people`.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        authority = foundation.authority()
        accounts = people.accounts(authority)
        round = flagship.load(authority, (accounts["budget"], accounts["admin"]), lambda *_: None)
        yield SimpleNamespace(authority=authority, people=accounts, round=round)
        transaction.set_rollback(True)
