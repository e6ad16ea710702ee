"""Checks between sign-in and taking part: a second factor for officials, agreement for everybody."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.web.requests import is_htmx
from identity import selectors, services
from identity.models import Account
from identity.web.forms import AgreementForm

# Pages that an official without a second factor needs to set one up, or to leave.
_OPEN = frozenset({"account_logout", "account_reauthenticate", "set_language", "admin:logout"})


class SecondFactorMiddleware:
    """Send officials and operators without a passkey or a code generator to set one up.

    Once they have one, allauth asks for it at every sign-in. Two queries for an official, one for
    anybody else who has signed in; the first is the one that pages ask anyway for the roles.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not settings.SECOND_FACTOR_FOR_OFFICIALS or request.resolver_match is None:
            return None
        name = request.resolver_match.view_name
        account = request.user
        if name in _OPEN or name.startswith("mfa_") or not isinstance(account, Account):
            return None
        if not (account.is_staff or account.holds_roles()):
            return None
        if is_mfa_enabled(account, types=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
            return None
        messages.info(
            request, _("Your role requires two-factor sign-in. Set up a passkey or an authenticator app.")
        )
        return redirect("mfa_index")


# Actions possible without any agreement: leaving, choosing, and getting one's data.
_WITHOUT_AGREEMENT = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "set_language",
        "admin:logout",
        "cookies",
        "identity:consent",
        "withdraw_consent",
        "export_my_data",
        "erase_account",
    }
)
# Actions after which an event of the agreement would be next to a ballot and reveal its time.
_BALLOTS = "voting:"


class AgreementMiddleware:
    """Ask for agreement to the texts in force before any action; reading needs none.

    Typed input is carried along on the page that asks and submitted once the boxes are ticked; a ballot only
    after another press of a button. One query for a POST of a signed-in user, none otherwise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not settings.CONSENT_ASKED or request.method != "POST" or request.resolver_match is None:
            return None
        name = request.resolver_match.view_name
        account = request.user
        if name in _WITHOUT_AGREEMENT or name.startswith("mfa_") or not isinstance(account, Account):
            return None
        missing = selectors.policies_to_accept(account)
        if not missing:
            return None
        if is_htmx(request):
            answer = HttpResponse(status=204)
            answer["HX-Redirect"] = reverse("identity:consent")
            return answer
        is_answer = "agreeing" in request.POST
        form = AgreementForm(request.POST if is_answer else None, versions=missing)
        if is_answer and form.is_valid():
            services.agree(account, missing)
            if not name.startswith(_BALLOTS):
                return None
        context = {
            "form": form,
            "versions": [] if form.is_bound and form.is_valid() else missing,
            "kept": [
                (field, value)
                for field, values in request.POST.lists()
                if field not in {"csrfmiddlewaretoken", "agreeing"} and not field.startswith("accept_")
                for value in values
            ],
            "has_files": bool(request.FILES),
        }
        return render(request, "identity/agreement.html", context, status=422)
