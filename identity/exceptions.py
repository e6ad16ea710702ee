"""Refusals about roles, and about keys of sealed columns."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


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


class NoSuchKey(Refused):
    code = "no_such_key"
    message = _("Key %(number)s of sealed columns is not the next one, or its file is missing here.")


class KeyInUse(Refused):
    code = "key_in_use"
    message = _("Key %(number)s of sealed columns is still needed.")


class HoldsRoles(Refused):
    code = "holds_roles"
    message = _("This account holds a role, or is the operator's. Lay the role down first.")
