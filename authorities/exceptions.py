"""Refusals of changes to authorities."""

from django.utils.translation import gettext_lazy as _

from core.exceptions import Refused as Refused


class ColourTooFaint(Refused):
    code = "colour_too_faint"
    message = _("Text in this colour would be hard to read. Choose a darker one.")


class AuthorityEnded(Refused):
    code = "authority_ended"
    message = _("One of these authorities has already been merged into another one. Nothing was changed.")


class TrackKnown(Refused):
    code = "track_known"
    message = _("The authority already has a kind of proposal with this code.")


class ReasonKnown(Refused):
    code = "reason_known"
    message = _("The authority already has a reason with this code.")


class ReasonNeeded(Refused):
    code = "reason_needed"
    message = _("The platform itself gives this reason, so it cannot be removed.")


class SettingUnknown(Refused):
    code = "setting_unknown"
    message = _("There is no such setting: %(names)s.")
