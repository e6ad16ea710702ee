"""Mails of accounts and text messages name the city, their purpose and how long a code is valid."""

import re

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from core.i18n import LANGUAGES
from tests.factories import make_account, make_authority

pytestmark = pytest.mark.django_db

CITY = {"en": "Here-gu", "ko": "여기구", "th": "เขตเฮียร์", "vi": "Quận Here"}


def _mail(mailoutbox) -> tuple[str, str]:
    (mail,) = mailoutbox
    return mail.subject, mail.body


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_for_an_address_names_city_purpose_and_minutes_and_no_host(mailoutbox, language):
    make_authority(slug="here", name=CITY)

    Client(headers={"Accept-Language": language}, SERVER_NAME="testserver").post(
        reverse("account_signup"),
        {
            "email": "new@example.org",
            "password1": "a-long-walk-in-the-rain",
            "display_name": "New",
            "accept_terms": "on",
            "accept_privacy": "on",
        },
    )

    subject, body = _mail(mailoutbox)
    assert CITY[language] in subject
    assert CITY[language] in body
    assert re.search(r"\b15\b|15", body)
    assert "testserver" not in subject + body
    assert "example.com" not in subject + body


@pytest.mark.parametrize("language", LANGUAGES)
@override_settings(PASSWORD_RESET_TIMEOUT=3600)
def test_a_link_for_a_new_password_names_the_city_and_its_minutes(mailoutbox, language):
    make_authority(slug="here", name=CITY)
    account = make_account(language=language)

    Client().post(reverse("account_reset_password"), {"email": account.email})

    subject, body = _mail(mailoutbox)
    assert CITY[language] in subject
    assert "60" in body.replace(re.search(r"https?://\S+", body)[0], "")


def test_on_a_site_of_several_cities_the_platform_writes(mailoutbox):
    make_authority(name=CITY)
    make_authority()
    account = make_account(language="en")

    Client().post(reverse("account_reset_password"), {"email": account.email})

    assert _mail(mailoutbox)[0].startswith("Participatory budgeting: ")
