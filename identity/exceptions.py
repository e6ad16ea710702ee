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


class OtherIdentityInUse(Refused):
    code = "other_identity_in_use"
    message = _("You are known here under another identity. Ask the service desk to put this right.")


class ReasonNeeded(Refused):
    code = "reason_needed"
    message = _("Give a reason. It is kept in the record.")


class DepartmentNeeded(Refused):
    code = "department_needed"
    message = _("A reviewer works for a department of this authority; other roles have none.")


class NotForOneself(Refused):
    code = "not_for_oneself"
    message = _("Nobody grants or confirms a role for themselves. Ask another administrator.")


class SecondPersonNeeded(Refused):
    code = "second_person_needed"
    message = _("This role is granted and ended by two people. Ask another administrator to confirm.")


class RoleAlreadyHeld(Refused):
    code = "role_already_held"
    message = _("This account has the role already, or it waits for a second person.")


class RoleNotHeld(Refused):
    code = "role_not_held"
    message = _("This role has ended.")
