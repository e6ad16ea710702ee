"""The roles that accounts hold in authorities."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet

from authorities.models import Authority, Department
from identity.roles import POWERFUL, Role, roles_allowed


class MembershipQuerySet(QuerySet["Membership"]):
    def in_force(self) -> Self:
        """Keep roles that count now: granted, confirmed if two people are needed, and not ended."""
        return self.filter(ended_at=None, is_pending=False)

    def giving(self, permission: str, authority: Authority) -> Self:
        """Keep the roles in force that carry a permission in an authority, held there or in its successor.

        The set-wise twin of `Account.has_perm(permission, authority)`.
        """
        return self.in_force().filter(
            role__in=roles_allowed(permission), authority__in=authority.ids_in_charge
        )

    def open_in(self, authority: Authority) -> Self:
        """Keep an authority's roles that are in force or wait for a second person."""
        return self.filter(authority=authority, ended_at=None)


class Membership(models.Model):
    """A role of an account in an authority, from grant to end; never deleted.

    A powerful role (`roles.POWERFUL`) needs two people: it is pending until a second one confirms the grant,
    and it ends when a second one confirms the request to end it.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    # Reviewers review for a department; nobody else has one.
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    grant_reason = models.CharField(max_length=200)
    # Granted, but not in force until a second person confirms.
    is_pending = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # A request to end it; it stays in force until a second person agrees.
    end_asked_at = models.DateTimeField(null=True, blank=True)
    end_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "authority", "role", "department"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="identity_membership_held_once",
            ),
            models.CheckConstraint(
                condition=~Q(grant_reason=""), name="identity_membership_granted_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(end_reason=""), name="identity_membership_ended_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(granted_by=None) | ~Q(granted_by=F("account")),
                name="identity_membership_not_granted_to_oneself",
            ),
            models.CheckConstraint(
                condition=Q(role="reviewer", department__isnull=False)
                | (~Q(role="reviewer") & Q(department=None)),
                name="identity_membership_reviewers_have_a_department",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | (~Q(confirmed_by=F("granted_by")) & ~Q(confirmed_by=F("account"))),
                name="identity_membership_confirmed_by_a_second",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=POWERFUL)
                | Q(granted_by=None)
                | Q(is_pending=True)
                | Q(confirmed_at__isnull=False),
                name="identity_membership_powerful_needs_two",
            ),
            models.CheckConstraint(
                condition=Q(end_asked_by=None) | Q(ended_by=None) | ~Q(ended_by=F("end_asked_by")),
                name="identity_membership_ended_by_a_second",
            ),
            models.CheckConstraint(
                condition=Q(end_asked_at=None) | ~Q(end_reason=""),
                name="identity_membership_end_asked_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.authority_id}"
