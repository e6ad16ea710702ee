"""Showing who one is in order to vote without an account: the same ways, nothing kept but the person."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.web.forms import form_page, is_sent, refusals_on
from identity.pages import RoundRequest, round_page
from identity.requests import network_of
from identity.verification import oidc, selectors, services
from identity.verification.exceptions import NotConfirmed
from identity.verification.models import Person, VerificationRoute
from identity.verification.web.forms import CodeForm
from identity.verification.web.steps import (
    Method,
    allow_provider,
    chosen,
    for_code,
    route_form,
    start_provider,
)
from rounds.models import Act, Phase, Round
from rounds.selectors import open_phase

# The code sent to this browser.
_CHALLENGE = "visitors_challenge"


@never_cache
@round_page(methods=["GET", "POST"], select=["rule_set"])
def verify(request: RoundRequest) -> HttpResponse:
    """Offer the ways to show who one is; on POST, take the first step of the one chosen."""
    round = request.round
    require_open(round)
    if request.user.is_authenticated:
        # An account is verified once and for all acts.
        return redirect(f"{reverse('identity:verify', args=[round.authority.slug])}?next={_ballot(round)}")
    routes = selectors.open_routes(round.authority).exclude(method=Method.DESK)
    route = chosen(routes, request.GET.get("route", ""))
    form = route_form(request, round.authority, route)
    if form is not None and route is not None and is_sent(request, form):
        with refusals_on(form):
            return _first_step(request, round, route, form.cleaned_data)
    context = {
        "authority": round.authority,
        "round": round,
        "section": "ballot",
        "route": route,
        "others": [other for other in routes if other != route],
        "form": form,
        "ballot_url": _ballot(round),
    }
    answer = form_page(request, "identity/visitor_verify.html", context)
    allow_provider(answer, route)
    return answer


@never_cache
@round_page(methods=["GET", "POST"], select=["rule_set"])
def code(request: RoundRequest, route_id: int) -> HttpResponse:
    """Take the code that was sent to a visitor's phone."""
    round = request.round
    require_open(round)
    route = get_object_or_404(
        selectors.open_routes(round.authority).select_related("authority__area"),
        pk=route_id,
        method__in=[Method.PHONE, Method.REGISTER],
    )
    form = CodeForm(request.POST or None)
    if is_sent(request, form):
        with refusals_on(form, "code"):
            person = services.enter_visitors_code(
                route, request.session.get(_CHALLENGE), code=form.cleaned_data["code"]
            )
            del request.session[_CHALLENGE]
            return let_vote(request, round, person, route.assurance)
    context = {
        "authority": round.authority,
        "round": round,
        "section": "ballot",
        "form": form,
        "back_url": reverse("identity:visitor_verify", args=[round.authority.slug, round.slug]),
    }
    return form_page(request, "identity/code.html", context)


def let_vote(request: HttpRequest, round: Round, person: Person, assurance: int) -> HttpResponse:
    """Give the person just verified a pass to vote, and lead them back to their choices."""
    services.give_pass(
        request.session, round, Act.VOTE, person=person, assurance=assurance, now=timezone.now()
    )
    messages.success(request, _("You are verified. Cast your ballot within 30 minutes."))
    return redirect(_ballot(round))


def _first_step(request: HttpRequest, round: Round, route: VerificationRoute, typed) -> HttpResponse:  # type: ignore[no-untyped-def]
    if route.method == Method.LETTER:
        person = services.enter_visitors_letter_code(route, code=typed["code"])
        return let_vote(request, round, person, route.assurance)
    if route.method == Method.PROVIDER:
        try:
            return start_provider(request, route, typed, round_slug=round.slug)
        except oidc.ProviderError as error:
            services.refuse_provider(route, None, str(error))
            raise NotConfirmed() from error
    challenge = services.send_code_to_visitor(route, network=network_of(request), **for_code(route, typed))
    request.session[_CHALLENGE] = str(challenge.pk)
    return redirect("identity:visitor_code", round.authority.slug, round.slug, route.pk)


def require_open(round: Round) -> None:
    """Raise Http404 unless one may vote in the round now without an account. One query at most."""
    # The vote's, one stage later: known here by its name alone.
    rule_set = getattr(round, "rule_set", None)
    is_open = rule_set is not None and rule_set.without_account
    if not is_open or open_phase(round, Phase.Kind.VOTING, timezone.now()) is None:
        raise Http404


def _ballot(round: Round) -> str:
    return reverse("voting:review", args=[round.authority.slug, round.slug])
