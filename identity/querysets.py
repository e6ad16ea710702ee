"""Narrowing of roles to those that count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from identity.roles import roles_allowed

if TYPE_CHECKING:
    from authorities.models import Authority
    from identity.models import Membership  # noqa: F401


class MembershipQuerySet(QuerySet["Membership"]):
    def in_force(self) -> MembershipQuerySet:
        """Keep roles that count now: granted, confirmed where two people are needed, not ended."""
        return self.filter(ended_at=None, is_pending=False)

    def giving(self, permission: str, authority: Authority) -> MembershipQuerySet:
        """Keep the roles in force that carry a permission in an authority, held there or in its successor.

        The set-wise twin of `Account.has_perm(permission, authority)`.
        """
        return self.in_force().filter(
            role__in=roles_allowed(permission), authority__in=authority.ids_in_charge
        )

    def open_in(self, authority: Authority) -> MembershipQuerySet:
        """Keep an authority's roles that are in force or wait for a second person."""
        return self.filter(authority=authority, ended_at=None)
