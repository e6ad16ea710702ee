"""What the rules of authorities and rounds refuse, and the refusal that every app's begin with."""

from django.utils.translation import gettext_lazy as _

from core.exceptions import Refused as Refused


class PhaseNotOpen(Refused):
    code = "phase_not_open"
    message = _("This part of the round is not open now. Nothing was changed.")


class NotPermitted(Refused):
    code = "not_permitted"
    message = _("Your role does not allow this. Nothing was changed.")


class AreaNotThere(Refused):
    code = "area_not_there"
    message = _("One of these areas does not exist on that day. Nothing was changed.")


class NotAPicture(Refused):
    code = "not_a_picture"
    message = _("Upload a PNG, JPEG or WebP picture of at most 1 MB and 4 million pixels that does not move.")


class ColourTooFaint(Refused):
    code = "colour_too_faint"
    message = _("Words in this colour could not be read by everybody. Choose a darker one.")


class AuthorityEnded(Refused):
    code = "authority_ended"
    message = _("One of these authorities has gone into another one already. Nothing was changed.")
