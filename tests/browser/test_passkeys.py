"""Passkeys in a real browser, with an authenticator that the browser plays: add, sign in, remove.

axe looks at these pages in `test_identity_pages.py`: another debugger's session ends the authenticator.
"""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import CDPSession, Page, expect

from identity.models import Account
from tests.browser.conftest import PHONE
from tests.factories import make_account

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("viewport", [PHONE], ids=["phone"]),
]
PASSWORD = "a long enough password"


@pytest.fixture
def account(transactional_db: None, settings: Any) -> Account:
    # The live site of the tests has no TLS.
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    account = make_account("one@example.org")
    account.set_password(PASSWORD)
    account.save()
    account.emailaddress_set.create(email=account.email, verified=True, primary=True)
    return account


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    """A passkey's home in this browser, whose owner always agrees."""
    # An authenticator given to the empty page does not reach the site's.
    page.goto("/")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def _give_password(page: Page) -> None:
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button.govuk-button").first.click()


def _add(page: Page) -> None:
    page.goto("/accounts/2fa/webauthn/add/")
    _give_password(page)
    page.get_by_label("Name of the key").fill("My phone")
    passwordless = page.get_by_label(re.compile("passwordless", re.I))
    if passwordless.count():
        passwordless.check()
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile(r"/accounts/2fa/(?!webauthn/add)"))


def test_a_passkey_is_added_signs_in_and_is_removed(
    page: Page, account: Account, authenticator: CDPSession, settings: Any
):
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(account.email)
    _give_password(page)
    _add(page)
    key = Authenticator.objects.get(user=account, type="webauthn")
    assert key.data["name"] == "My phone"

    # Sign in without a password.
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name=re.compile("passkey", re.I)).click()
    page.wait_for_url(lambda address: "/accounts/login/" not in address)
    page.goto("/accounts/me/")
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")

    # Removing it asks again who is there.
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    page.goto(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/")
    assert "/accounts/reauthenticate/" in page.url
    assert Authenticator.objects.filter(pk=key.pk).exists()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    _give_password(page)
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile(r"/accounts/2fa/webauthn/$"))
    assert not Authenticator.objects.filter(pk=key.pk).exists()


def test_without_the_owners_consent_nothing_is_added(page: Page, account: Account, authenticator: CDPSession):
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(account.email)
    _give_password(page)
    page.goto("/accounts/2fa/webauthn/add/")
    _give_password(page)
    page.get_by_label("Name of the key").fill("My phone")

    # Nobody touches the key: the form is sent without a credential.
    page.evaluate("document.querySelector('main form').submit()")
    page.wait_for_load_state()

    assert not Authenticator.objects.exists()
