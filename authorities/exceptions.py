"""Refusals of changes to authorities."""

from django.utils.translation import gettext_lazy as _

from core.exceptions import Refused as Refused


class ColourTooFaint(Refused):
    code = "colour_too_faint"
    message = _("Words in this colour could not be read by everybody. Choose a darker one.")


class AuthorityEnded(Refused):
    code = "authority_ended"
    message = _("One of these authorities has gone into another one already. Nothing was changed.")
