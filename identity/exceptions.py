"""Refusals about who somebody is and what they may do."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class NotVerified(Refused):
    code = "not_verified"
    message = _("Confirm who you are first. Nothing you entered is lost.")


class NotEntitled(Refused):
    code = "not_entitled"
    message = _("This round does not allow this for people in your group.")


class TooYoung(Refused):
    code = "too_young"
    message = _("You can do this from the age of %(from_age)s.")


class AssuranceTooLow(Refused):
    code = "assurance_too_low"
    message = _("This needs a stronger confirmation of who you are.")


class AlreadyVerified(Refused):
    code = "already_verified"
    message = _("This identity is already in use by another account.")
