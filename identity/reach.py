"""How far an official's page reaches: the first line of each view behind `/<authority>/desk/`."""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from identity.models import Account
from identity.roles import Permission
from rounds.models import Authority


def authority_for(account: Account | AnonymousUser, slug: str, permission: Permission) -> Authority:
    """Return the authority if the account may do this there. Two queries, one if roles were asked before.

    Raises Http404 for whoever has no role there, so that a stranger learns nothing, not even by
    guessing; PermissionDenied for a colleague whose role does not carry the permission.
    """
    authority = Authority.objects.select_related("area").filter(slug=slug).first()
    if authority is None or not isinstance(account, Account):
        raise Http404
    if account.has_perm(permission, authority):
        return authority
    if account.roles_in(authority):
        raise PermissionDenied
    raise Http404
