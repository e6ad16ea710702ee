"""Refusals of changes to areas."""

from django.utils.translation import gettext_lazy as _

from core.exceptions import Refused as Refused


class AreaNotThere(Refused):
    code = "area_not_there"
    message = _("One of these areas does not exist on that date. Nothing was changed.")
