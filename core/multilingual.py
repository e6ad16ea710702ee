"""Validation of texts in several languages."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.i18n import LANGUAGES


def validate_multilingual(texts: object) -> None:
    """Refuse anything but a non-empty mapping of known languages to non-empty texts."""
    if (
        not isinstance(texts, dict)
        or not texts
        or any(key not in LANGUAGES or not isinstance(text, str) or not text for key, text in texts.items())
    ):
        raise ValidationError(_("Enter the text in at least one of the platform's languages."))
