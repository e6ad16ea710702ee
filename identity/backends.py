"""Permissions of roles, asked as `account.has_perm("moderation.screen_texts", authority)`."""

from typing import TYPE_CHECKING

from identity.roles import roles_allowed
from rounds.models import Authority

if TYPE_CHECKING:
    from django.db.models import Model

    from identity.models import Account


class RoleBackend:
    """Answer for roles in an authority. Authenticates nobody.

    The object is an Authority, or a row with an `authority`. Without an object the answer is no:
    there is no role that holds everywhere. One query per account and authority, kept on the account.
    """

    def authenticate(self, request: object, **credentials: object) -> None:
        return None

    def has_perm(self, account: "Account", permission: str, obj: "Model | None" = None) -> bool:
        if obj is None or not account.is_active or not account.is_authenticated:
            return False
        authority = obj if isinstance(obj, Authority) else obj.authority  # type: ignore[attr-defined]  # a row with one
        return any(role in roles_allowed(permission) for role in account.roles_in(authority))
