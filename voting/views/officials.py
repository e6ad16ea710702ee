"""The first lines of each page behind a round's desk."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from identity.models import Account
from identity.roles import Permission
from rounds.models import Round


def desk_round(request: HttpRequest, authority_slug: str, round_slug: str, permission: Permission) -> Round:
    """Return a round to an official who may act on it; to anybody else there is no such page."""
    round: Round = get_object_or_404(
        Round.objects.select_related("authority", "poll", "rule_set"),
        slug=round_slug,
        authority__slug=authority_slug,
    )
    if not request.user.has_perm(permission, round.authority):
        raise Http404
    return round


def official(request: HttpRequest) -> Account:
    """Return who is signed in. Raises PermissionDenied."""
    if not isinstance(request.user, Account):
        raise PermissionDenied
    return request.user


def desk_context(round: Round, **more: object) -> dict[str, object]:
    """Return what every page of a round's desk needs, and what this one needs more."""
    return {"authority": round.authority, "round": round, "section": "work", **more}
