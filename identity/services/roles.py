"""Granting and ending roles, with a reason, by two people if a role is powerful.

`actor` None is the operator at the command line, or the demo: they need no second person, since they could
write to the database anyway.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from authorities.models import Authority, Department
from core.exceptions import NotPermitted
from identity.exceptions import (
    DepartmentNeeded,
    NotForOneself,
    ReasonNeeded,
    RoleAlreadyHeld,
    RoleNotHeld,
    SecondPersonNeeded,
)
from identity.models import Account, Membership
from identity.roles import POWERFUL, Permission, Role
from identity.selectors import Twins, suspected_twins


@transaction.atomic
def grant_role(
    account: Account,
    authority: Authority,
    role: Role,
    *,
    department: Department | None = None,
    actor: Account | None,
    reason: str,
) -> Membership:
    """Give an account a role in an authority; a powerful one waits for `confirm_role` by a second person.

    Raises NotPermitted, NotForOneself, ReasonNeeded, DepartmentNeeded, RoleAlreadyHeld.
    """
    _require_may_grant(actor, authority)
    if actor is not None and actor.pk == account.pk:
        raise NotForOneself()
    reason = _require_reason(reason)
    if (role == Role.REVIEWER) != (department is not None) or (
        department is not None and department.authority_id != authority.pk
    ):
        raise DepartmentNeeded()
    # One grant at a time for an account, so that the check below holds until the write.
    Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    if (
        Membership.objects.open_in(authority)
        .filter(account=account, role=role, department=department)
        .exists()
    ):
        raise RoleAlreadyHeld()
    membership = Membership.objects.create(
        account=account,
        authority=authority,
        role=role,
        department=department,
        granted_at=timezone.now(),
        granted_by=actor,
        grant_reason=reason,
        is_pending=actor is not None and role in POWERFUL,
    )
    officials = Account.objects.filter(memberships__in=Membership.objects.open_in(authority)).distinct()
    twins = [twins for twins in suspected_twins(officials) if account in (twins.account, twins.other)]
    # Not refused: a mailbox may belong to an office. People who confirm or audit should know.
    doubts: dict[str, Any] = (
        {"may_be_one_person_with": sorted(_other(each, account) for each in twins)} if twins else {}
    )
    record(
        Action.ROLE_GRANTED,
        membership,
        actor=actor,
        authority=authority,
        account=account.pk,
        role=role.value,
        department=department.slug if department else None,
        pending=membership.is_pending,
        **doubts,
    )
    _forget_roles(account)
    return membership


def _other(twins: Twins, account: Account) -> int:
    return twins.other.pk if twins.account.pk == account.pk else twins.account.pk


@transaction.atomic
def confirm_role(membership: Membership, *, actor: Account | None) -> None:
    """Put a powerful role into force as the second person. Confirming twice is once.

    Raises NotPermitted, NotForOneself, SecondPersonNeeded, RoleNotHeld.
    """
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    _require_may_grant(actor, membership.authority)
    if membership.ended_at is not None:
        raise RoleNotHeld()
    if not membership.is_pending:
        return
    if actor is not None and actor.pk == membership.account_id:
        raise NotForOneself()
    if actor is not None and actor.pk == membership.granted_by_id:
        raise SecondPersonNeeded()
    membership.is_pending = False
    membership.confirmed_at = timezone.now()
    membership.confirmed_by = actor
    membership.save(update_fields=["is_pending", "confirmed_at", "confirmed_by"])
    record(Action.ROLE_CONFIRMED, membership, actor=actor, authority=membership.authority)


@transaction.atomic
def ask_to_end_role(membership: Membership, *, actor: Account, reason: str) -> None:
    """Ask that a powerful role be ended; `end_role` by another person ends it.

    Raises NotPermitted, ReasonNeeded, RoleNotHeld.
    """
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    _require_may_grant(actor, membership.authority)
    if membership.ended_at is not None:
        raise RoleNotHeld()
    membership.end_asked_at = timezone.now()
    membership.end_asked_by = actor
    membership.end_reason = _require_reason(reason)
    membership.save(update_fields=["end_asked_at", "end_asked_by", "end_reason"])
    record(Action.ROLE_END_ASKED, membership, actor=actor, authority=membership.authority)


@transaction.atomic
def end_role(membership: Membership, *, actor: Account | None, reason: str = "") -> None:
    """End a role; it counts for nothing from the next request on. Ending it twice changes nothing.

    Holders can give up their own role at any time. Another person's powerful role ends after a second person
    called `ask_to_end_role`, whose reason is then kept; a pending one ends at once. Raises NotPermitted,
    ReasonNeeded, SecondPersonNeeded.
    """
    membership = Membership.objects.select_for_update().get(pk=membership.pk)
    is_holder = actor is not None and actor.pk == membership.account_id
    if not is_holder:
        _require_may_grant(actor, membership.authority)
    if membership.ended_at is not None:
        return
    needs_two = membership.role in POWERFUL and not membership.is_pending
    if actor is None or is_holder or not needs_two:
        # Decided by this person alone: an open request of theirs or of another is settled with it.
        membership.end_reason = _require_reason(reason or membership.end_reason)
        if actor is not None and membership.end_asked_by_id == actor.pk:
            membership.end_asked_by = None
    elif membership.end_asked_by_id is None or membership.end_asked_by_id == actor.pk:
        raise SecondPersonNeeded()
    membership.ended_at = timezone.now()
    membership.ended_by = actor
    membership.save(update_fields=["ended_at", "ended_by", "end_reason", "end_asked_by"])
    record(
        Action.ROLE_ENDED,
        membership,
        actor=actor,
        authority=membership.authority,
        account=membership.account_id,
        role=membership.role,
    )


@transaction.atomic
def end_or_ask(membership: Membership, *, actor: Account, reason: str) -> bool:
    """End a role if the actor alone may, else ask that it be ended; return whether it has ended.

    Raises what `end_role` and `ask_to_end_role` raise, except SecondPersonNeeded.
    """
    try:
        with transaction.atomic():
            end_role(membership, actor=actor, reason=reason)
    except SecondPersonNeeded:
        ask_to_end_role(membership, actor=actor, reason=reason)
        return False
    return True


def _require_may_grant(actor: Account | None, authority: Authority) -> None:
    if actor is not None and not actor.has_perm(Permission.GRANT_ROLES, authority):
        raise NotPermitted()


def _require_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ReasonNeeded()
    return reason


def _forget_roles(account: Account) -> None:
    """Make the account in hand ask again for its roles."""
    if hasattr(account, "_roles_by_authority"):
        del account._roles_by_authority
