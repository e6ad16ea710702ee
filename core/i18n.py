"""The reader's language, and texts that exist in several: a mapping from language code to text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import get_language, override

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Codes of the languages that people read the platform in, in the order in which they are offered.
LANGUAGES: tuple[str, ...] = tuple(code for code, _name in settings.LANGUAGES)


def current_language() -> str:
    """Return the code of the language that is active now, without a region; "en" where none is."""
    return (get_language() or "en").split("-")[0]


def choose(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """Return the text for a reader of `language`, and the language it is in.

    Falls back to English, then to the first one; ("", language) if there is none.
    """
    for candidate in (language, "en", *texts):
        if texts.get(candidate):
            return texts[candidate], candidate
    return "", language


def text_in(texts: Mapping[str, str], language: str) -> str:
    """Return the text for a reader of `language`, chosen as by `choose`; empty if there is none."""
    return choose(texts, language)[0]


def localize(texts: Mapping[str, str]) -> str:
    """Return the text for the reader of this page, in `current_language()` if it exists."""
    return text_in(texts, current_language())


def in_every_language(sentence: StrOrPromise) -> dict[str, str]:
    """Return a sentence that is marked for translation, by language, as the catalogues have it."""
    found = {}
    for language in LANGUAGES:
        with override(language):
            found[language] = str(sentence)
    return found
