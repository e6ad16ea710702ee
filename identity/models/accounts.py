"""Accounts, and the providers that people may sign in to them with."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth import get_backends
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from authorities.models import Authority
from core.db.prepared import Prepared
from core.multilingual import validate_multilingual
from identity.fields import SealedEmailField
from identity.models.memberships import Membership
from identity.roles import OPERATOR

# Asked by every POST of somebody signed in, a ballot's among them.
_memberships_of = Prepared(
    lambda account_id: Membership.objects.in_force().filter(account_id=account_id).only("authority", "role"),
    int,
)


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

    # Sealed, in small letters: two spellings of one address are one account.
    email = SealedEmailField(unique=True, purpose="account")
    # As others see it beside proposals and comments.
    display_name = models.CharField(max_length=60, blank=True)
    # Mail is written in it.
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    # When its holder had it erased. The row stays for what others may go on reading and counting.
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = AccountManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(is_active=False, display_name=""),
                name="identity_account_erased_is_closed_and_nameless",
            ),
        ]

    def __str__(self) -> str:
        if self.erased_at is not None:
            return gettext("former participant")
        return self.display_name or f"account {self.pk}"

    @property
    def public_name(self) -> str:
        """The name others see beside a public text."""
        if self.erased_at is not None:
            return gettext("former participant")
        return self.display_name or gettext("A resident")

    def roles_in(self, authority: Authority) -> set[str]:
        """Return the roles held now in an authority, or in the one that carries its work on.

        One query the first time, then none.
        """
        roles = self._roles()
        return {role for pk in authority.ids_in_charge for role in roles.get(pk, ())}

    def holds_roles(self) -> bool:
        """Return whether the account has a role in any authority. One query the first time, then none."""
        return bool(self._roles())

    def _roles(self) -> dict[int, set[str]]:
        if not hasattr(self, "_roles_by_authority"):
            self._roles_by_authority: dict[int, set[str]] = {}
            for membership in _memberships_of(self.pk):
                self._roles_by_authority.setdefault(membership.authority_id, set()).add(membership.role)
        return self._roles_by_authority

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Answer for one authority where `obj` is given, from roles alone; else as Django does.

        Operating the platform gives no say inside an authority beyond what `roles.OPERATOR` lists:
        whoever keeps the machines running does not screen, count or export.
        """
        if obj is None:
            return bool(super().has_perm(perm))
        if self.is_active and self.is_superuser and perm in OPERATOR:
            return True
        return any(backend.has_perm(self, perm, obj) for backend in get_backends())


class SignInProvider(models.Model):
    """An OpenID Connect provider that people may sign in to their account with.

    It says which account, never who somebody is: that is a VerificationRoute's. The secret lies in the
    key directory, `sign-in-<slug>.secret`.
    """

    slug = models.SlugField(unique=True)
    name = models.JSONField(validators=[validate_multilingual])
    # Whose people it is for, said beside its name; empty for everybody's.
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, blank=True, related_name="+")
    issuer = models.URLField()
    client_id = models.CharField(max_length=200)
    scope = models.CharField(max_length=100, default="openid email")
    # Whether an e-mail address that it says is verified counts as verified here: it then confirms new
    # accounts, and signs in to the account that has confirmed the same address.
    trusts_addresses = models.BooleanField(default=False)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(issuer="") & ~Q(client_id=""), name="identity_signinprovider_is_named"
            ),
        ]

    def __str__(self) -> str:
        return self.slug
