"""One's own data: seeing who looked at it, taking it out, taking agreements back, having it erased."""

import io
import json
import zipfile

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.web.forms import form_page, is_sent, refusals_on
from identity import selectors as identity
from identity import services
from identity.models import Consent
from identity.pages import signed_in_page
from identity.requests import SignedInRequest, password_again, password_again_to_change
from identity.web.forms import EraseForm

VIEWS_SHOWN = 100


@never_cache
@signed_in_page()
def page(request: SignedInRequest) -> HttpResponse:
    """Show what can be done with one's data, what one agreed to, and who looked at it. Two queries."""
    context = {
        "agreements": identity.consents_of(request.user),
        "views": identity.views_of(request.user)[:VIEWS_SHOWN],
    }
    return render(request, "pbplatform/my_data.html", context)


@signed_in_page(methods=["POST"])
@password_again
def export(request: SignedInRequest) -> HttpResponse:
    """Return all data about the account's holder, as JSON in a zip."""
    found = services.export_personal_data(request.user)
    content = {"made_at": timezone.now(), "account": request.user.pk, **found}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "data.json", json.dumps(content, ensure_ascii=False, indent=1, default=_plain).encode()
        )
    answer = HttpResponse(packed.getvalue(), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    answer["Cache-Control"] = "no-store"
    return answer


@never_cache
@signed_in_page(methods=["GET", "POST"])
@password_again_to_change
def erase(request: SignedInRequest) -> HttpResponse:
    """Explain what erasing removes and what stays; on POST, erase and sign out.

    If the key of an open vote is unavailable nothing is erased, and the answer is 503.
    """
    form = EraseForm(request.POST or None)
    if is_sent(request, form):
        withdraw = form.cleaned_data["texts"] == "withdraw"
        with refusals_on(form):
            services.erase(request.user, withdraw_public=withdraw)
            logout(request)
            messages.success(request, _("Your account has been erased and you are signed out."))
            return redirect("home")
    return form_page(request, "pbplatform/erase.html", {"form": form})


@signed_in_page(methods=["POST"])
def withdraw_consent(request: SignedInRequest) -> HttpResponse:
    """Take back an agreement; the account stays, and is asked again before it next takes part."""
    purpose = request.POST.get("purpose", "")
    if purpose not in (Consent.Purpose.TERMS, Consent.Purpose.PRIVACY):
        raise Http404
    services.withdraw_consent(request.user, Consent.Purpose(purpose))
    messages.success(request, _("You have withdrawn your consent. You can still read everything."))
    return redirect("my_data")


def _plain(value: object) -> str:
    """Return times, dates and numbers of rows as text. Raises TypeError for anything else."""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise TypeError(type(value).__name__)
