"""Agreeing to the texts in force."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core.web.forms import form_page, is_sent
from identity import selectors, services
from identity.pages import signed_in_page
from identity.requests import SignedInRequest
from identity.web.forms import AgreementForm


@signed_in_page(methods=["GET", "POST"])
def consent(request: SignedInRequest) -> HttpResponse:
    """Ask for agreement to the texts in force, after sign-in; without it, people can still read."""
    versions = selectors.policies_to_accept(request.user)
    target = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    if not versions:
        return redirect(target)
    form = AgreementForm(request.POST or None, versions=versions)
    if is_sent(request, form):
        services.agree(request.user, versions)
        messages.success(request, _("Thank you. You can now take part."))
        return redirect(target)
    context = {
        "form": form,
        "next": target,
        "policies": [
            policy for version in versions if (policy := selectors.policy(version.kind)) is not None
        ],
    }
    return form_page(request, "identity/consent.html", context)
