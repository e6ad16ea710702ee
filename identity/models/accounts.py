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

# Queried by every POST of a signed-in user, including a ballot's.
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
    """An account that can sign in. A verified Person, apart from it, says who its holder is."""

    # Sealed, in small letters: two spellings of one address are one account.
    email = SealedEmailField(unique=True, purpose="account")
    # Shown with proposals and comments.
    display_name = models.CharField(max_length=60, blank=True)
    # Mail is written in it.
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    # The time its holder had it erased. The row stays for texts that others can still read and count.
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
        """The name shown with a public text."""
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
        """Answer for one authority if `obj` is given, from roles alone; otherwise as Django does.

        Operating the platform gives no rights inside an authority beyond `roles.OPERATOR`: people who keep
        the machines running do not screen, count or export.
        """
        if obj is None:
            return bool(super().has_perm(perm))
        if self.is_active and self.is_superuser and perm in OPERATOR:
            return True
        return any(backend.has_perm(self, perm, obj) for backend in get_backends())


class SignInProvider(models.Model):
    """An OpenID Connect provider with which people can sign in to their account.

    It identifies an account, never a person: a VerificationRoute does that. The secret is in the key
    directory, `sign-in-<slug>.secret`.
    """

    slug = models.SlugField(unique=True)
    name = models.JSONField(validators=[validate_multilingual])
    # The people it is for, shown next to its name; empty for everybody.
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, blank=True, related_name="+")
    issuer = models.URLField()
    client_id = models.CharField(max_length=200)
    scope = models.CharField(max_length=100, default="openid email")
    # If an e-mail address it calls verified counts as verified here: it then confirms new accounts, and signs
    # in to the account that has confirmed the same address.
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
