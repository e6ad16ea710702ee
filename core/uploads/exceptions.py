"""Refusals of uploaded files."""

from django.utils.translation import gettext_lazy as _

from core.exceptions import Refused as Refused


class NotAPicture(Refused):
    code = "not_a_picture"
    message = _("Upload a PNG, JPEG or WebP picture of up to 1 MB and 4 million pixels, without animation.")
