"""Refusals about roles, and about keys of sealed columns."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class ReasonNeeded(Refused):
    code = "reason_needed"
    message = _("Give a reason. It is kept on record.")


class DepartmentNeeded(Refused):
    code = "department_needed"
    message = _("A reviewer must belong to a department of this authority; other roles must not.")


class NotForOneself(Refused):
    code = "not_for_oneself"
    message = _("You cannot grant or confirm a role for yourself. Ask another administrator.")


class SecondPersonNeeded(Refused):
    code = "second_person_needed"
    message = _("Two people are needed to grant or end this role. Ask another administrator to confirm.")


class RoleAlreadyHeld(Refused):
    code = "role_already_held"
    message = _("This account already has the role or is waiting for a second person to confirm it.")


class RoleNotHeld(Refused):
    code = "role_not_held"
    message = _("This role has ended.")


class NoSuchKey(Refused):
    code = "no_such_key"
    message = _("Key %(number)s for sealed columns is out of order, or its file is missing on this machine.")


class KeyInUse(Refused):
    code = "key_in_use"
    message = _("Key %(number)s for sealed columns is still needed.")


class HoldsRoles(Refused):
    code = "holds_roles"
    message = _("This account has a role or belongs to the operator. Give up the role first.")
