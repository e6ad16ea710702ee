"""Accounts, the persons behind them, and what they may do where."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
    _user_has_perm,
)
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from identity.querysets import MembershipQuerySet
from identity.roles import OPERATOR, POWERFUL, Role
from rounds.models import Area, Authority, Department, Participation

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


class AgeGroup(models.TextChoices):
    """Coarse bands of age: all that is kept of when somebody was born."""

    TEENS = "14-18", _("14 to 18")
    YOUNG = "19-34", _("19 to 34")
    MIDDLE = "35-49", _("35 to 49")
    OLDER = "50-64", _("50 to 64")
    SENIOR = "65+", _("65 and over")

    @property
    def from_age(self) -> int:
        """The youngest age in the band, in years."""
        return int(self.value[:2])


class AccountManager(BaseUserManager["Account"]):
    """Creates accounts for tests and for the command line; sign-up goes through allauth."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "Account":
        account = self.model(email=self.normalize_email(email).lower(), **fields)
        account.set_password(password)
        account.save()
        return account

    def create_superuser(self, email: str, password: str, **fields: object) -> "Account":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Account(AbstractBaseUser, PermissionsMixin):
    """Someone who can sign in. Who they are and where they belong is a Person, verified apart."""

    email = models.EmailField(unique=True)
    # As others see it beside proposals and comments.
    display_name = models.CharField(max_length=60, blank=True)
    # Mail is written in it.
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = AccountManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            # Two spellings of one address are one account.
            models.UniqueConstraint(Lower("email"), name="identity_account_one_per_address"),
        ]

    def __str__(self) -> str:
        return self.display_name or f"account {self.pk}"

    def roles_in(self, authority: Authority) -> "AbstractSet[str]":
        """Return the roles held now in an authority. One query the first time, then none."""
        if not hasattr(self, "_roles_by_authority"):
            self._roles_by_authority: dict[int, set[str]] = {}
            for authority_id, role in self.memberships.in_force().values_list("authority_id", "role"):
                self._roles_by_authority.setdefault(authority_id, set()).add(role)
        return self._roles_by_authority.get(authority.pk, frozenset())

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer for one authority where `obj` is given, from roles alone; else as Django does.

        Operating the platform gives no say inside an authority beyond what `roles.OPERATOR` lists:
        whoever keeps the machines running does not screen, count or export.
        """
        if obj is None:
            return super().has_perm(perm)
        if self.is_active and self.is_superuser and perm in OPERATOR:
            return True
        return _user_has_perm(self, perm, obj)


class Person(models.Model):
    """A human being as one authority has verified them: at most one account, and no name.

    What identified them is kept apart, as keyed hashes (`Identity`), so that it can be removed while
    the person's acts stay countable.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="persons")
    # Empty for those who came to a service desk or were loaded from a record.
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="persons"
    )
    participation = models.CharField(max_length=10, choices=Participation)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    assurance = models.PositiveSmallIntegerField()
    verified_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "account"], name="identity_person_one_per_account"),
            models.CheckConstraint(
                condition=Q(assurance__gte=1, assurance__lte=3), name="identity_person_assurance_is_known"
            ),
            models.CheckConstraint(
                condition=Q(participation="outside") | Q(area__isnull=False),
                name="identity_person_from_here_has_an_area",
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class Identity(models.Model):
    """Something that identifies a person to one authority, known only as a keyed hash.

    A person may have one of each kind (a phone first, a state identity later); nobody else in the
    authority may have the same. The key lies outside the database.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone number")
        REGISTER = "register", _("entry in the authority's register")
        NATIONAL = "national", _("state identity")
        DOCUMENT = "document", _("document shown at a service desk")

    person = models.ForeignKey(Person, models.CASCADE, related_name="identities")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    hmac = models.BinaryField(max_length=32)
    confirmed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "hmac"], name="identity_identity_one_person"),
            models.UniqueConstraint(fields=["person", "kind"], name="identity_identity_one_of_each_kind"),
            models.CheckConstraint(condition=Exact(Length("hmac"), 32), name="identity_identity_is_a_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of person {self.person_id}"


class KeyCheck(models.Model):
    """A fingerprint of a key that lies outside the database: a node with another key refuses to work."""

    name = models.CharField(max_length=40, unique=True)
    fingerprint = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A role an account holds in an authority, from grant to end; never deleted.

    A powerful role (`roles.POWERFUL`) takes two people: it is pending until somebody other than the
    one who granted it confirms, and it ends when somebody other than the one who asked confirms that.
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
    # Somebody wants it ended; it stays in force until a second person agrees.
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
