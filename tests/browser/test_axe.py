"""Axe on pages in English, and on pages in other languages."""

import pytest

from tests.browser.axe import violations

PAGE = """<!doctype html><html lang="{lang}"><head><title>A page</title></head><body><main><h1>A page</h1>
<button></button><p style="color: #aaa; background: #fff">Too pale</p></main></body></html>"""


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        ("en", {"button-name", "color-contrast"}),
        ("ko", {"button-name"}),
        ("vi", {"button-name"}),
        ("xx", {"button-name", "html-lang-valid"}),
    ],
)
def test_names_and_languages_are_looked_at_in_every_language_and_the_rest_in_english(page, lang, wanted):
    page.set_content(PAGE.format(lang=lang))

    assert {line.split()[1].rstrip(":") for line in violations(page)} == wanted
