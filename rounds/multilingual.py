"""Texts that exist in several languages: a mapping from language code to text, kept as JSON."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LANGUAGES = ("ko", "th", "vi", "en")


def choose(texts: Mapping[str, str], language: str) -> tuple[str, str]:
    """Return the text for a reader of `language`, and the language it is in.

    Falls back to English, then to whichever comes first; ("", language) where there is none.
    """
    for candidate in (language, "en", *texts):
        if texts.get(candidate):
            return texts[candidate], candidate
    return "", language


def validate_multilingual(texts: object) -> None:
    """Refuse anything but a non-empty mapping of known languages to non-empty texts."""
    if (
        not isinstance(texts, dict)
        or not texts
        or any(key not in LANGUAGES or not isinstance(text, str) or not text for key, text in texts.items())
    ):
        raise ValidationError(_("Give the text in at least one of the platform's languages."))
