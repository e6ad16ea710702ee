import pytest
from django.test import RequestFactory

from core.web.requests import is_mobile


@pytest.mark.parametrize(
    ("headers", "mobile"),
    [
        ({"Sec-CH-UA-Mobile": "?1"}, True),
        ({"User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile Safari"}, True),
        ({"Sec-CH-UA-Mobile": "?0", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}, False),
        ({}, False),
    ],
)
def test_a_phone_is_known_by_either_of_what_browsers_say(headers: dict[str, str], mobile: bool):
    assert is_mobile(RequestFactory().get("/", headers=headers)) is mobile
