"""Two authorities next to each other, and accounts in them."""

from collections.abc import Callable

import pytest
from django.test import Client

from authorities.models import Authority, Department
from identity import services
from identity.models import Account
from identity.roles import Role
from places.models import Area

PASSWORD = "a long enough password"


def _authority(slug: str, code: str) -> Authority:
    area = Area.objects.create(
        country="KR", code=code, kind="gu", name={"en": slug.title(), "ko": slug}, path=f"KR.{code}."
    )
    return Authority.objects.create(
        slug=slug,
        name={"en": slug.title()},
        area=area,
        currency="KRW",
        time_zone="Asia/Seoul",
        language="ko",
    )


@pytest.fixture
def authority(db: None) -> Authority:
    return _authority("gangnam", "11680")


@pytest.fixture
def other_authority(db: None) -> Authority:
    return _authority("seocho", "11650")


@pytest.fixture
def department(authority: Authority) -> Department:
    return Department.objects.create(authority=authority, slug="parks", name={"en": "Parks"})


@pytest.fixture
def account_of(db: None) -> Callable[..., Account]:
    """Make an account, by its name, that can sign in."""

    def make(name: str, **fields: object) -> Account:
        return Account.objects.create_user(f"{name}@example.org", PASSWORD, display_name=name, **fields)

    return make


@pytest.fixture
def official(account_of: Callable[..., Account], authority: Authority) -> Callable[..., Account]:
    """Make an account with a role in the first authority."""

    def make(
        role: Role, name: str = "", *, where: Authority = authority, department: Department | None = None
    ) -> Account:
        account = account_of(name or role.value)
        services.grant_role(account, where, role, department=department, actor=None, reason="Set up.")
        return account

    return make


@pytest.fixture
def sign_in(client: Client) -> Callable[[Account], Client]:
    """Sign the test's client in as an account that has just typed its password again."""

    def enter(account: Account) -> Client:
        client.force_login(account)
        answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        assert answer.status_code == 302
        return client

    return enter
