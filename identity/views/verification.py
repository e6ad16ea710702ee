"""Showing an authority who one is, in whichever way it has opened."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from identity import oidc, selectors, services
from identity.exceptions import NotConfirmed
from identity.forms import AppealForm, CodeForm
from identity.models import Account, Person, VerificationRoute
from identity.requests import SignedInRequest
from identity.views import visitors
from identity.views.steps import (
    FLOW,
    Method,
    allow_provider,
    chosen,
    for_code,
    provider_client,
    route_form,
    start_provider,
)
from rounds.exceptions import Refused
from rounds.models import Area, Authority, Participation

# The way back once somebody is verified.
_NEXT = "verification_next"


@login_required
def verify(request: SignedInRequest, authority_slug: str) -> HttpResponse:
    """Offer the open ways to show who one is; on POST, take the first step of the one chosen."""
    authority = _authority(authority_slug)
    routes = selectors.open_routes(authority)
    route = chosen(routes, request.GET.get("route", ""))
    if "next" in request.GET:
        request.session[_NEXT] = request.GET["next"]
    form = route_form(request, authority, route)
    if request.method == "POST" and form is not None and form.is_valid():
        assert route is not None
        try:
            return _first_step(request, route, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal)
    person = selectors.person_of(request.user, authority)
    context = {
        "authority": authority,
        "route": route,
        "others": [other for other in routes if other != route],
        "form": form,
        "person": person if person and selectors.is_valid(person, timezone.now()) else None,
    }
    errors = form is not None and bool(form.errors)
    answer = render(request, "identity/verify.html", context, status=422 if errors else 200)
    allow_provider(answer, route)
    return answer


@login_required
def code(request: SignedInRequest, authority_slug: str, route_id: int) -> HttpResponse:
    """Take the code that was sent to a phone."""
    authority = _authority(authority_slug)
    route = get_object_or_404(
        selectors.open_routes(authority), pk=route_id, method__in=[Method.PHONE, Method.REGISTER]
    )
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.enter_code(route, request.user, code=form.cleaned_data["code"])
        except Refused as refusal:
            form.add_error("code", refusal)
        else:
            return _done(request)
    back_url = reverse("identity:verify", args=[authority_slug])
    context = {"authority": authority, "form": form, "back_url": back_url}
    return render(request, "identity/code.html", context, status=422 if form.errors else 200)


def provider(request: HttpRequest, authority_slug: str, route_slug: str) -> HttpResponse:
    """Receive somebody back from an identity provider, to their account or to their ballot."""
    authority = _authority(authority_slug)
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
        return redirect_to_login(reverse("identity:verify", args=[authority_slug]))
    try:
        person, assurance = _shown(request, route, account, kept)
    except Refused as refusal:
        messages.error(request, refusal.messages[0])
        if round_slug:
            return redirect("identity:visitor_verify", authority_slug, round_slug)
        return redirect("identity:verify", authority_slug)
    if round_slug:
        round = visitors.round_of(authority_slug, round_slug)
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
        participation=Participation(kept["participation"]),
        area=Area.objects.filter(pk=kept["area"]).first(),
        age_group=kept["age_group"],
    )
    return person, services.assurance_of(route, claims) or 0


@login_required
def appeal(request: SignedInRequest, authority_slug: str) -> HttpResponse:
    """Ask a person at the authority for help."""
    authority = _authority(authority_slug)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.appeal_verification(authority, request.user, text=form.cleaned_data["text"])
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(
                request, _("Your request is with the authority. Its answer will stand on this page.")
            )
            return redirect("identity:appeal", authority_slug)
    context = {"authority": authority, "form": form, "appeals": selectors.appeals_of(request.user, authority)}
    return render(request, "identity/appeal.html", context, status=422 if form.errors else 200)


def _authority(slug: str) -> Authority:
    return get_object_or_404(Authority.objects.select_related("area"), slug=slug)


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
    messages.success(request, _("You are verified. Thank you."))
    target = request.session.pop(_NEXT, "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return redirect(target)
    return redirect("identity:me")
