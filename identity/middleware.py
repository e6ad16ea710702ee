"""Officials sign in with two factors, or get no further than the page where they set up the second."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from identity.models import Account

# What an official without a second factor needs in order to get one, or to leave.
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
        messages.info(request, _("Your role needs a second factor. Set up a passkey or an app with codes."))
        return redirect("mfa_index")
