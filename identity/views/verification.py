"""Showing an authority who one is, in whichever way it has opened."""

from dataclasses import asdict
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from identity import identifiers, keys, oidc, selectors, services
from identity.exceptions import NotConfirmed
from identity.forms import AppealForm, CodeForm, LetterForm, PhoneForm, PlaceForm, RegisterForm
from identity.models import VerificationRoute
from identity.requests import SignedInRequest
from rounds.exceptions import Refused
from rounds.models import Area, Authority, Participation

Method = VerificationRoute.Method

# Where a sign-in at a provider and the way back are kept while it lasts.
_FLOW = "verification_flow"
_NEXT = "verification_next"


@login_required
def verify(request: SignedInRequest, authority_slug: str) -> HttpResponse:
    """Offer the open ways to show who one is; on POST, take the first step of the one chosen."""
    authority = _authority(authority_slug)
    routes = selectors.open_routes(authority)
    route = _chosen(routes, request.GET.get("route", ""))
    if "next" in request.GET:
        request.session[_NEXT] = request.GET["next"]
    form = _form(request, authority, route)
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
    if route is not None and route.issuer:
        # The browser follows the form's redirect to the provider only if the policy names it.
        parts = urlsplit(route.issuer)
        answer._csp_update = {"form-action": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
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
    context = {"authority": authority, "form": form}
    return render(request, "identity/code.html", context, status=422 if form.errors else 200)


@login_required
def provider(request: SignedInRequest, authority_slug: str, route_slug: str) -> HttpResponse:
    """Receive somebody back from an identity provider."""
    authority = _authority(authority_slug)
    route = get_object_or_404(
        selectors.open_routes(authority).select_related("authority__area"),
        method=Method.PROVIDER,
        slug=route_slug,
    )
    # Taken out whatever happens: an answer is good for one try.
    kept = request.session.pop(_FLOW, None)
    try:
        if kept is None or kept["route"] != route.pk or "error" in request.GET:
            services.refuse_provider(route, request.user, "no flow, or declined")
            raise NotConfirmed()
        try:
            claims = oidc.claims_of(
                _client(request, route),
                oidc.Flow(**kept["flow"]),
                code=request.GET.get("code", ""),
                state=request.GET.get("state", ""),
            )
        except oidc.ProviderError as error:
            services.refuse_provider(route, request.user, str(error))
            raise NotConfirmed() from error
        services.accept_claims(
            route,
            request.user,
            claims=claims,
            participation=Participation(kept["participation"]),
            area=Area.objects.filter(pk=kept["area"]).first(),
            age_group=kept["age_group"],
        )
    except Refused as refusal:
        messages.error(request, refusal.messages[0])
        return redirect("identity:verify", authority_slug)
    return _done(request)


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


def _chosen(routes, key: str) -> VerificationRoute | None:  # type: ignore[no-untyped-def]
    for route in routes:
        if not key or str(route.pk) == key:
            return route  # type: ignore[no-any-return]
    if key:
        raise Http404
    return None


def _form(request: SignedInRequest, authority: Authority, route: VerificationRoute | None):  # type: ignore[no-untyped-def]
    if route is None or route.method == Method.DESK:
        return None
    if route.method == Method.REGISTER:
        return RegisterForm(request.POST or None)
    if route.method == Method.LETTER:
        return LetterForm(request.POST or None)
    kind = PhoneForm if route.method == Method.PHONE else PlaceForm
    return kind(
        request.POST or None,
        areas=selectors.areas_of(authority, now=timezone.now()),
        language=get_language() or "en",
    )


def _first_step(request: SignedInRequest, route: VerificationRoute, typed) -> HttpResponse:  # type: ignore[no-untyped-def]
    authority = route.authority
    if route.method == Method.LETTER:
        services.enter_letter_code(route, request.user, code=typed["code"])
        return _done(request)
    if route.method == Method.PROVIDER:
        flow = oidc.Flow.start()
        try:
            address = oidc.authorization_address(
                _client(request, route), flow, scope=route.scope, acr_values=" ".join(route.acr_assurance)
            )
        except oidc.ProviderError as error:
            services.refuse_provider(route, request.user, str(error))
            raise NotConfirmed() from error
        request.session[_FLOW] = {
            "route": route.pk,
            "flow": asdict(flow),
            "participation": typed["participation"].value,
            "area": typed["area"].pk if typed["area"] else None,
            "age_group": typed["age_group"],
        }
        return redirect(address)
    if route.method == Method.REGISTER:
        try:
            entry = identifiers.register_entry(typed["number"], typed["born"].isoformat())
        except ValueError as error:
            raise NotConfirmed() from error
        services.send_code(
            route,
            request.user,
            phone=typed["phone"],
            entry=entry,
            # What counts is what the register says, once it has confirmed the person.
            participation=Participation.OUTSIDE,
            area=None,
            age_group="",
        )
    else:
        services.send_code(
            route,
            request.user,
            phone=typed["phone"],
            participation=typed["participation"],
            area=typed["area"],
            age_group=typed["age_group"],
        )
    return redirect("identity:code", authority.slug, route.pk)


def _client(request: SignedInRequest, route: VerificationRoute) -> oidc.Client:
    back = reverse("identity:provider_callback", args=[route.authority.slug, route.slug])
    return oidc.Client(
        issuer=route.issuer,
        client_id=route.client_id,
        client_secret=keys.secret(f"provider-{route.authority.slug}-{route.slug}"),
        redirect_uri=request.build_absolute_uri(back),
    )


def _done(request: SignedInRequest) -> HttpResponse:
    messages.success(request, _("You are verified. Thank you."))
    target = request.session.pop(_NEXT, "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return redirect(target)
    return redirect("identity:me")
