import pytest
from django.utils import translation

from core.i18n import LANGUAGES, choose, current_language, localize, text_in

TEXTS = {"ko": "벤치", "en": "Bench"}


def test_the_languages_are_those_of_the_site_in_its_order():
    assert LANGUAGES == ("ko", "th", "vi", "en")


@pytest.mark.parametrize(
    ("active", "language", "text"),
    [("ko", "ko", "벤치"), ("ko-kr", "ko", "벤치"), ("vi", "vi", "Bench"), (None, "en", "Bench")],
)
def test_a_reader_gets_the_text_in_their_language_else_in_english(
    active: str | None, language: str, text: str
):
    with translation.override(active):
        assert (current_language(), localize(TEXTS)) == (language, text)


def test_without_english_the_first_there_is_is_taken_and_an_empty_one_is_none():
    assert choose({"vi": "", "th": "ม้านั่ง", "ko": "벤치"}, "vi") == ("ม้านั่ง", "th")
    assert choose({}, "vi") == ("", "vi")
    assert text_in({"th": "ม้านั่ง"}, "vi") == "ม้านั่ง"
