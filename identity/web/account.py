"""One's own account."""

from urllib.parse import urlsplit

from allauth.socialaccount.providers.openid_connect.views import login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from core.web.forms import form_page, is_sent
from core.web.pages import public_page
from identity import selectors, services
from identity.pages import signed_in_page
from identity.requests import SignedInRequest, password_again
from identity.verification import selectors as verification_selectors
from identity.web.forms import AccountForm


@public_page(methods=["GET", "POST"])
def provider_sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Ask for confirmation, then send the user to a provider: the library's page, with a way out.

    Linking the provider to an account asks for the password again; the library does not.
    """
    if "connect" in (request.GET.get("process"), request.POST.get("process")):
        answer = login_required(password_again(login))(request, provider_id=provider_id)
    else:
        answer = login(request, provider_id=provider_id)
    provider = selectors.open_sign_in_provider(provider_id)
    if provider is not None:
        # The browser follows the form's redirect to the provider only if the policy names it.
        parts = urlsplit(provider.issuer)
        answer._csp_update = {"form-action": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
    return answer


@signed_in_page(methods=["GET", "POST"])
def me(request: SignedInRequest) -> HttpResponse:
    """Show what is known about the account; on POST, change its name and language."""
    account = request.user
    initial = {"display_name": account.display_name, "language": account.language}
    form = AccountForm(request.POST or None, initial=initial)
    if is_sent(request, form):
        services.set_up_account(account, **form.cleaned_data)
        messages.success(request, _("Your changes are saved."))
        return redirect("identity:me")
    context = {
        "form": form,
        "roles": selectors.roles_of(account),
        "verifications": verification_selectors.verifications_of(account, now=timezone.now()),
    }
    return form_page(request, "identity/me.html", context)
