"""A kiosk: set up and ended by a clerk, begun and forgotten by one voter after the other."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from identity.roles import Permission
from rounds.exceptions import Refused
from voting import kiosks, services
from voting.views.officials import desk_context, desk_round, official
from voting.views.places import Place


@never_cache
@login_required
def set_up(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Make this device a kiosk for the round, or an ordinary one again. Both sign the clerk out."""
    round = desk_round(request, authority_slug, round_slug, Permission.ENTER_PAPER)
    refusal = None
    if request.method == "POST":
        action = request.POST.get("action", "")
        try:
            if action == "start":
                ends_at = services.start_kiosk(round, actor=official(request))
                response = _forget(request, redirect("voting:kiosk", authority_slug, round_slug))
                response.set_cookie(
                    kiosks.COOKIE,
                    kiosks.Kiosk(authority_slug, round_slug, ends_at).cookie,
                    expires=ends_at,
                    httponly=True,
                    samesite="Lax",
                    secure=request.is_secure(),
                )
                return response
            if action == "end":
                services.end_kiosk(round, actor=official(request))
                response = _forget(request, redirect("rounds:round", authority_slug, round_slug))
                response.delete_cookie(kiosks.COOKIE)
                return response
        except Refused as error:
            refusal = error
        else:
            raise Http404
    context = desk_context(round, refusal=refusal)
    return render(request, "voting/desk_kiosk.html", context, status=422 if refusal else 200)


@never_cache
@require_GET
def kiosk(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Greet the next voter; on any other device go to the ballot."""
    place = Place(request, authority_slug, round_slug)
    if request.kiosk is None:  # type: ignore[attr-defined]  # set by KioskMiddleware
        return redirect("voting:ballot", authority_slug, round_slug)
    return render(request, "voting/kiosk.html", place.context | {"is_greeting": True})


@never_cache
@require_POST
def finish(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Forget everything of this voter, on the server and in the browser, and greet the next one."""
    place = Place(request, authority_slug, round_slug)
    return _forget(request, redirect("voting:kiosk", place.round.authority.slug, place.round.slug))


def _forget(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """End the session with what is in the basket, and clear what the browser keeps, but for the kiosk."""
    logout(request)
    for name in request.COOKIES:
        if name not in (kiosks.COOKIE, settings.SESSION_COOKIE_NAME):
            response.delete_cookie(name)
    # Not "cookies": the device stays a kiosk.
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
