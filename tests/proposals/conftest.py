"""Readers and rounds that the page tests share."""

import pytest
from django.test import Client

from authorities.models import Authority
from identity.models import Account
from rounds.models import Round
from tests.factories import make_area, make_authority, make_category, make_resident, make_round


@pytest.fixture
def authority() -> Authority:
    authority = make_authority(slug="here")
    make_area(authority.area, name={"en": "Yeoksam 1-dong", "ko": "역삼1동"}, code="1168064000")
    make_category(authority, slug="parks", name={"en": "Parks", "ko": "공원"})
    return authority


@pytest.fixture
def round(authority: Authority) -> Round:
    return make_round(authority, slug="here-2026", proposal_prefix="HERE-")


@pytest.fixture
def author(authority: Authority) -> Account:
    return make_resident(authority, display_name="Resident One")


@pytest.fixture
def other(authority: Authority) -> Account:
    return make_resident(authority, display_name="Resident Two")


@pytest.fixture
def signed_in(author: Account) -> Client:
    """A browser in which the author has signed in."""
    client = Client()
    client.force_login(author)
    return client
