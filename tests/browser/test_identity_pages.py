"""From registration to verified on a phone: at most four screens, and nothing axe finds on any page of it."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from playwright.sync_api import Page

from authorities.models import Authority
from identity.models import Account
from identity.roles import Role
from identity.verification import services
from identity.verification.models import Person, VerificationRoute
from tests.browser.axe import violations
from tests.browser.conftest import PHONE
from tests.factories import make_authority, make_official, make_resident
from tests.identity.peers import Phones

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("viewport", [PHONE], ids=["phone"]),
]
PASSWORD = "a long enough password"
four_languages = pytest.mark.parametrize("language", ["ko", "th", "vi", "en"])


@pytest.fixture
def authority(transactional_db: None, phones: type[Phones]) -> Authority:
    authority = make_authority(slug="gangnam")
    services.set_up_route(authority, VerificationRoute.Method.PHONE, actor=None, assurance=1)
    return authority


@four_languages
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_registering_and_being_verified_takes_at_most_four_screens(
    page: Page, authority: Authority, language: str, script: bool, settings: Any
):
    # As on a real site: signing up asks for agreement to the texts in force.
    settings.CONSENT_ASKED = True
    screens: list[str] = []
    faults: dict[str, list[str]] = {}

    def send(**fields: str) -> None:
        """Fill in the screen that is shown, and count it."""
        screens.append(page.url)
        if script:
            faults[page.url] = violations(page)
        for name, value in fields.items():
            control = page.locator(f"main [name={name}]")
            kind = control.first.get_attribute("type")
            if kind == "checkbox":
                control.check()
            elif kind == "radio":
                page.locator(f"main [name={name}][value={value}]").check()
            elif control.first.evaluate("e => e.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)
        page.locator("main form button.govuk-button").first.click()
        page.wait_for_load_state()

    page.goto("/accounts/signup/?next=/gangnam/verify/")
    agreed = {"accept_terms": "on", "accept_privacy": "on"}
    send(email="one@example.org", display_name="Resident One", password1=PASSWORD, **agreed)
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{4}|[A-Z0-9]{6})\s*$", mail.outbox[-1].body, re.M)
    assert code is not None
    send(code=code[1])
    send(residency="resident", area=str(authority.area.pk), age_group="35-49", phone="010-5555-0101")
    number = re.search(r"\d{6}", Phones.texts[-1][1])
    assert number is not None
    send(code=number[0])
    if script:
        faults["verified"] = violations(page)

    assert Person.objects.get().account == Account.objects.get()
    assert len(screens) == len(set(screens)) == 4
    assert {url: found for url, found in faults.items() if found} == {}


@four_languages
def test_every_page_of_ones_account_and_of_the_desk_has_nothing_axe_finds(
    page: Page, authority: Authority, live_server: Any, language: str, settings: Any
):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    administrator = make_official(authority, Role.AUTHORITY_ADMIN, language=language)
    administrator.set_password(PASSWORD)
    administrator.save()
    administrator.emailaddress_set.create(email=administrator.email, verified=True, primary=True)
    resident = make_resident(authority)
    appeal = services.appeal_verification(authority, resident, text="Nothing works.")
    membership = administrator.memberships.get()
    key = Authenticator.objects.create(
        user=administrator, type="webauthn", data={"name": "My phone", "credential": {}}
    )
    client = Client()
    client.force_login(administrator)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    faults: dict[str, list[str]] = {}

    for path in (
        "/accounts/me/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/sessions/",
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        f"/accounts/2fa/webauthn/keys/{key.pk}/remove/",
        f"/accounts/2fa/webauthn/keys/{key.pk}/edit/",
        "/accounts/2fa/totp/activate/",
        "/gangnam/verify/",
        "/gangnam/verify/help/",
        "/gangnam/desk/",
        "/gangnam/desk/verify/",
        f"/gangnam/desk/verify/requests/{appeal.pk}/",
        "/gangnam/desk/register/",
        "/gangnam/desk/roles/",
        f"/gangnam/desk/roles/{membership.pk}/",
        "/gangnam/desk/rollup/",
        "/accounts/password/reset/",
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        found = violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if found or wide > 0:
            faults[path] = [f"{wide} px too wide", *found[:4]]

    assert faults == {}
