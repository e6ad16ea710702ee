"""Showing who one is in order to vote without an account: the same ways, nothing kept but the person."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from identity import oidc, selectors, services
from identity.exceptions import NotConfirmed
from identity.forms import CodeForm
from identity.models import Person, VerificationRoute
from identity.requests import network_of
from identity.views.steps import Method, allow_provider, chosen, for_code, route_form, start_provider
from rounds.exceptions import Refused
from rounds.models import Act, Phase, Round
from rounds.selectors import open_phase

# Which code was sent to this browser.
_CHALLENGE = "visitors_challenge"


@never_cache
def verify(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Offer the ways to show who one is; on POST, take the first step of the one chosen."""
    round = round_of(authority_slug, round_slug)
    if request.user.is_authenticated:
        # An account is verified once and for all acts.
        return redirect(f"{reverse('identity:verify', args=[authority_slug])}?next={_ballot(round)}")
    routes = selectors.open_routes(round.authority).exclude(method=Method.DESK)
    route = chosen(routes, request.GET.get("route", ""))
    form = route_form(request, round.authority, route)
    if request.method == "POST" and form is not None and form.is_valid():
        assert route is not None
        try:
            return _first_step(request, round, route, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal)
    context = {
        "authority": round.authority,
        "round": round,
        "section": "ballot",
        "route": route,
        "others": [other for other in routes if other != route],
        "form": form,
        "ballot_url": _ballot(round),
    }
    errors = form is not None and bool(form.errors)
    answer = render(request, "identity/visitor_verify.html", context, status=422 if errors else 200)
    allow_provider(answer, route)
    return answer


@never_cache
def code(request: HttpRequest, authority_slug: str, round_slug: str, route_id: int) -> HttpResponse:
    """Take the code that was sent to a visitor's phone."""
    round = round_of(authority_slug, round_slug)
    route = get_object_or_404(
        selectors.open_routes(round.authority).select_related("authority__area"),
        pk=route_id,
        method__in=[Method.PHONE, Method.REGISTER],
    )
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.enter_visitors_code(
                route, request.session.get(_CHALLENGE), code=form.cleaned_data["code"]
            )
        except Refused as refusal:
            form.add_error("code", refusal)
        else:
            del request.session[_CHALLENGE]
            return let_vote(request, round, person, route.assurance)
    context = {
        "authority": round.authority,
        "round": round,
        "section": "ballot",
        "form": form,
        "back_url": reverse("identity:visitor_verify", args=[authority_slug, round_slug]),
    }
    return render(request, "identity/code.html", context, status=422 if form.errors else 200)


def let_vote(request: HttpRequest, round: Round, person: Person, assurance: int) -> HttpResponse:
    """Give the person just verified a pass to vote, and lead them back to their choices."""
    services.give_pass(
        request.session, round, Act.VOTE, person=person, assurance=assurance, now=timezone.now()
    )
    messages.success(request, _("You are verified. Cast your ballot within half an hour."))
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


def round_of(authority_slug: str, round_slug: str) -> Round:
    """Return a round in which one may vote now without an account. Raises Http404."""
    round = (
        Round.objects.at(authority_slug, round_slug)
        .select_related("rule_set", "authority__area")
        .filter(rule_set__without_account=True)
        .first()
    )
    if round is None or open_phase(round, Phase.Kind.VOTING, timezone.now()) is None:
        raise Http404
    return round


def _ballot(round: Round) -> str:
    return reverse("voting:review", args=[round.authority.slug, round.slug])
