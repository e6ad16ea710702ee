"""Signed-in accounts and their permissions: `account.has_perm("moderation.screen_texts", authority)`."""

from typing import TYPE_CHECKING

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import ModelBackend

from authorities.models import Authority
from core.db.prepared import Prepared
from identity.models import Account
from identity.roles import roles_allowed

if TYPE_CHECKING:
    from django.db.models import Model

# Needed by every page of a signed-in user, and by every ballot.
_account = Prepared(lambda account_id: Account.objects.filter(pk=account_id)[:1], int)


class _ById(ModelBackend):
    """Finds the account of a session."""

    def get_user(self, user_id: int) -> Account | None:
        """Return the account if it may still be signed in. One query."""
        account = _account.first(user_id)
        return account if account is not None and self.user_can_authenticate(account) else None


class PasswordBackend(_ById):
    """Django's own: an address and a password."""


class SignInBackend(_ById, AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    """allauth's: whatever its flows have established."""


class RoleBackend:
    """Answer for roles in an authority. Authenticates nobody.

    The object is an Authority, or a row with an `authority`. Without an object the answer is no:
    there is no role that holds everywhere. One query per account and authority, kept on the account.
    """

    def authenticate(self, request: object, **credentials: object) -> None:
        return None

    def has_perm(self, account: Account, permission: str, obj: "Model | None" = None) -> bool:
        if obj is None or not account.is_active or not account.is_authenticated:
            return False
        authority = obj if isinstance(obj, Authority) else obj.authority  # type: ignore[attr-defined]  # a row with one
        return any(role in roles_allowed(permission) for role in account.roles_in(authority))
