"""Refusals of changes to authorities."""

from django.utils.translation import gettext_lazy as _

from core.exceptions import Refused as Refused


class ColourTooFaint(Refused):
    code = "colour_too_faint"
    message = _("Words in this colour could not be read by everybody. Choose a darker one.")


class AuthorityEnded(Refused):
    code = "authority_ended"
    message = _("One of these authorities has gone into another one already. Nothing was changed.")


class ReasonKnown(Refused):
    code = "reason_known"
    message = _("The authority has a reason with this code already.")


class ReasonNeeded(Refused):
    code = "reason_needed"
    message = _("This reason is given by the platform itself and cannot be left out.")


class SettingUnknown(Refused):
    code = "setting_unknown"
    message = _("There is no such setting: %(names)s.")
