"""Permission to work with paper ballots."""

from authorities.models import Authority
from core.exceptions import NotPermitted
from identity.models import Account
from identity.roles import Permission


def require_clerk(actor: Account, authority: Authority) -> None:
    """Raise NotPermitted unless the account may enter paper ballots for the authority."""
    if not actor.has_perm(Permission.ENTER_PAPER, authority):
        raise NotPermitted()
