"""A kiosk: set up and ended by a clerk, begun and forgotten by one voter after the other."""

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from core.exceptions import Refused
from identity.pages import SignedInRoundRequest
from identity.roles import Permission
from voting.ballots import kiosks, services
from voting.ballots.web.places import VoteRequest, vote_page
from voting.polls.web.officials import desk_context, vote_desk_page


@never_cache
@vote_desk_page(Permission.ENTER_PAPER, methods=["GET", "POST"])
def set_up(request: SignedInRoundRequest) -> HttpResponse:
    """Make this device a kiosk for the round, or an ordinary one again. Both sign the clerk out."""
    round = request.round
    refusal = None
    if request.method == "POST":
        action = request.POST.get("action", "")
        try:
            if action == "start":
                ends_at = services.start_kiosk(round, actor=request.user)
                response = _forget(request, redirect("voting:kiosk", request.authority.slug, round.slug))
                response.set_cookie(
                    kiosks.COOKIE,
                    kiosks.Kiosk(request.authority.slug, round.slug, ends_at).cookie,
                    expires=ends_at,
                    httponly=True,
                    samesite="Lax",
                    secure=request.is_secure(),
                )
                return response
            if action == "end":
                services.end_kiosk(round, actor=request.user)
                response = _forget(request, redirect("rounds:round", request.authority.slug, round.slug))
                response.delete_cookie(kiosks.COOKIE)
                return response
        except Refused as error:
            refusal = error
        else:
            raise Http404
    context = desk_context(round, refusal=refusal)
    return render(request, "voting/desk_kiosk.html", context, status=422 if refusal else 200)


@never_cache
@vote_page()
def kiosk(request: VoteRequest) -> HttpResponse:
    """Greet the next voter; on any other device go to the ballot."""
    if request.kiosk is None:  # type: ignore[attr-defined]  # set by KioskMiddleware
        return redirect("voting:ballot", request.authority.slug, request.round.slug)
    return render(request, "voting/kiosk.html", request.place.context | {"is_greeting": True})


@csrf_exempt
@never_cache
@vote_page(methods=["POST"])
def finish(request: VoteRequest) -> HttpResponseBase:
    """Forget everything of this voter, on the server and in the browser, and greet the next one.

    A kiosk needs no CSRF token: the second request of a double press, or one from an old page, no longer
    has the cookie and must still end at the greeting. Anywhere else the token is required: another site
    could otherwise clear what a voter's own browser keeps. That site cannot send the kiosk's cookie along,
    which is SameSite.
    """
    is_kiosk = request.kiosk is not None  # type: ignore[attr-defined]  # set by KioskMiddleware
    return (_end_turn if is_kiosk else csrf_protect(_end_turn))(request)


def _end_turn(request: VoteRequest) -> HttpResponse:
    return _forget(request, redirect("voting:kiosk", request.authority.slug, request.round.slug))


def _forget(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """End the session with what is in the basket, and clear what the browser keeps, but for the kiosk."""
    logout(request)
    for name in request.COOKIES:
        if name not in (kiosks.COOKIE, settings.SESSION_COOKIE_NAME):
            response.delete_cookie(name)
    # Not "cookies": the device stays a kiosk.
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
