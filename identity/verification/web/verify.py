"""Showing an authority who one is, in whichever way it has opened."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.exceptions import Refused
from core.web.forms import form_page, is_sent, refusals_on
from core.web.pages import Who
from identity.models import Account
from identity.pages import (
    AuthorityRequest,
    SignedInAuthorityRequest,
    authority_page,
    signed_in_authority_page,
)
from identity.requests import SignedInRequest
from identity.verification import oidc, selectors, services
from identity.verification.exceptions import NotConfirmed
from identity.verification.models import Person, VerificationRoute
from identity.verification.web import visitors
from identity.verification.web.forms import AppealForm, CodeForm
from identity.verification.web.steps import (
    FLOW,
    Method,
    allow_provider,
    chosen,
    for_code,
    provider_client,
    route_form,
    start_provider,
)
from places.models import Area
from rounds.models import Residency, Round

# The way back after verification.
_NEXT = "verification_next"


@signed_in_authority_page(methods=["GET", "POST"])
def verify(request: SignedInAuthorityRequest) -> HttpResponse:
    """Offer the open ways to show who one is; on POST, take the first step of the one chosen."""
    authority = request.authority
    routes = selectors.open_routes(authority)
    route = chosen(routes, request.GET.get("route", ""))
    if "next" in request.GET:
        request.session[_NEXT] = request.GET["next"]
    form = route_form(request, authority, route)
    if form is not None and route is not None and is_sent(request, form):
        with refusals_on(form):
            return _first_step(request, route, form.cleaned_data)
    person = selectors.person_of(request.user, authority)
    context = {
        "authority": authority,
        "route": route,
        "others": [other for other in routes if other != route],
        "form": form,
        "person": person if person and selectors.is_valid(person, timezone.now()) else None,
    }
    answer = form_page(request, "identity/verify.html", context)
    allow_provider(answer, route)
    return answer


@signed_in_authority_page(methods=["GET", "POST"])
def code(request: SignedInAuthorityRequest, route_id: int) -> HttpResponse:
    """Take the code that was sent to a phone."""
    authority = request.authority
    route = get_object_or_404(
        selectors.open_routes(authority), pk=route_id, method__in=[Method.PHONE, Method.REGISTER]
    )
    form = CodeForm(request.POST or None)
    if is_sent(request, form):
        with refusals_on(form, "code"):
            services.enter_code(route, request.user, code=form.cleaned_data["code"])
            return _done(request)
    back_url = reverse("identity:verify", args=[authority.slug])
    context = {"authority": authority, "form": form, "back_url": back_url}
    return form_page(request, "identity/code.html", context)


@authority_page(who=Who.SIGNED_IN)
def provider(request: AuthorityRequest, route_slug: str) -> HttpResponse:
    """Receive the user back from an identity provider, to their account or to their ballot."""
    authority = request.authority
    route = get_object_or_404(
        selectors.open_routes(authority).select_related("authority__area"),
        method=Method.PROVIDER,
        slug=route_slug,
    )
    # Taken out whatever happens: an answer is good for one try.
    kept = request.session.pop(FLOW, None)
    round_slug = kept.get("round_slug", "") if kept else ""
    account = request.user if isinstance(request.user, Account) and not round_slug else None
    if account is None and not round_slug:
        return redirect_to_login(reverse("identity:verify", args=[authority.slug]))
    try:
        person, assurance = _shown(request, route, account, kept)
    except Refused as refusal:
        messages.error(request, refusal.messages[0])
        if round_slug:
            return redirect("identity:visitor_verify", authority.slug, round_slug)
        return redirect("identity:verify", authority.slug)
    if round_slug:
        round = get_object_or_404(
            Round.objects.at(authority.slug, round_slug).select_related("rule_set"),
        )
        visitors.require_open(round)
        return visitors.let_vote(request, round, person, assurance)
    return _done(request)


def _shown(
    request: HttpRequest, route: VerificationRoute, account: Account | None, kept: dict[str, Any] | None
) -> tuple[Person, int]:
    """Return whom the provider named, and how surely. Raises NotConfirmed and what `accept_claims` raises."""
    if kept is None or kept["route"] != route.pk or "error" in request.GET:
        services.refuse_provider(route, account, "no flow, or declined")
        raise NotConfirmed()
    try:
        claims = oidc.claims_of(
            provider_client(request, route),
            oidc.Flow(**kept["flow"]),
            code=request.GET.get("code", ""),
            state=request.GET.get("state", ""),
        )
    except oidc.ProviderError as error:
        services.refuse_provider(route, account, str(error))
        raise NotConfirmed() from error
    person = services.accept_claims(
        route,
        account,
        claims=claims,
        residency=Residency(kept["residency"]),
        area=Area.objects.filter(pk=kept["area"]).first(),
        age_group=kept["age_group"],
    )
    return person, services.assurance_of(route, claims) or 0


@signed_in_authority_page(methods=["GET", "POST"])
def appeal(request: SignedInAuthorityRequest) -> HttpResponse:
    """Ask a person at the authority for help."""
    authority = request.authority
    form = AppealForm(request.POST or None)
    if is_sent(request, form):
        with refusals_on(form):
            services.appeal_verification(authority, request.user, text=form.cleaned_data["text"])
            messages.success(
                request, _("The authority has your request. The answer will appear on this page.")
            )
            return redirect("identity:appeal", authority.slug)
    context = {"authority": authority, "form": form, "appeals": selectors.appeals_of(request.user, authority)}
    return form_page(request, "identity/appeal.html", context)


def _first_step(request: SignedInRequest, route: VerificationRoute, typed: dict[str, Any]) -> HttpResponse:
    if route.method == Method.LETTER:
        services.enter_letter_code(route, request.user, code=typed["code"])
        return _done(request)
    if route.method == Method.PROVIDER:
        try:
            return start_provider(request, route, typed)
        except oidc.ProviderError as error:
            services.refuse_provider(route, request.user, str(error))
            raise NotConfirmed() from error
    services.send_code(route, request.user, **for_code(route, typed))
    return redirect("identity:code", route.authority.slug, route.pk)


def _done(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Thank you. You are verified."))
    target = request.session.pop(_NEXT, "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return redirect(target)
    return redirect("identity:me")
