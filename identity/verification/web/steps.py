"""Verification steps shared with and without an account."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from authorities.models import Authority
from core.i18n import current_language
from identity import identifiers, keys
from identity.verification import oidc, selectors
from identity.verification.exceptions import NotConfirmed, ProviderDown
from identity.verification.models import VerificationRoute
from identity.verification.web.forms import LetterForm, PhoneForm, PlaceForm, RegisterForm
from rounds.models import Residency

Method = VerificationRoute.Method

# Storage of a sign-in at a provider while it lasts.
FLOW = "verification_flow"


def chosen(routes: QuerySet[VerificationRoute], key: str) -> VerificationRoute | None:
    """Return the requested route, the first one by default, None if there is none. Raises Http404."""
    for route in routes:
        if not key or str(route.pk) == key:
            return route
    if key:
        raise Http404
    return None


def route_form(
    request: HttpRequest, authority: Authority, route: VerificationRoute | None
) -> forms.Form | None:
    """Return the form of a route's first step; None at the service desk, where nothing is typed."""
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
        language=current_language(),
    )


def typed_entry(typed: dict[str, Any]) -> bytes:
    """Return the register entry that was typed, in its one spelling. Raises NotConfirmed."""
    try:
        return identifiers.register_entry(typed["number"], typed["born"].isoformat())
    except ValueError as error:
        raise NotConfirmed() from error


def for_code(route: VerificationRoute, typed: dict[str, Any]) -> dict[str, Any]:
    """Return what asking for a code needs of what was typed, by name. Raises NotConfirmed.

    Of the register what counts is what it says, once it has confirmed the person.
    """
    if route.method == Method.REGISTER:
        place = {"residency": Residency.OUTSIDE, "area": None, "age_group": ""}
        return {"phone": typed["phone"], "entry": typed_entry(typed), **place}
    return {"entry": None, **{name: typed[name] for name in ("phone", "residency", "area", "age_group")}}


def start_provider(
    request: HttpRequest,
    route: VerificationRoute,
    typed: dict[str, Any],
    **more: object,
) -> HttpResponse:
    """Send the user to an identity provider; `more` is kept for their return.

    Raises ProviderDown, and ProviderError if the provider is set up wrongly.
    """
    flow = oidc.Flow.start()
    try:
        address = oidc.authorization_address(
            provider_client(request, route),
            flow,
            scope=route.scope,
            acr_values=" ".join(route.acr_assurance),
        )
    except oidc.ProviderSilent as error:
        raise ProviderDown() from error
    request.session[FLOW] = {
        "route": route.pk,
        "flow": asdict(flow),
        "residency": typed["residency"].value,
        "area": typed["area"].pk if typed["area"] else None,
        "age_group": typed["age_group"],
        **more,
    }
    return redirect(address)


def provider_client(request: HttpRequest, route: VerificationRoute) -> oidc.Client:
    back = reverse("identity:provider_callback", args=[route.authority.slug, route.slug])
    return oidc.Client(
        issuer=route.issuer,
        client_id=route.client_id,
        client_secret=keys.secret(f"provider-{route.authority.slug}-{route.slug}"),
        redirect_uri=request.build_absolute_uri(back),
    )


def allow_provider(answer: HttpResponse, route: VerificationRoute | None) -> None:
    """Let the page's form lead to the provider: browsers follow its redirect only if the policy names it."""
    if route is not None and route.issuer:
        parts = urlsplit(route.issuer)
        answer._csp_update = {"form-action": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
