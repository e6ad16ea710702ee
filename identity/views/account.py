"""One's own account."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from identity import selectors, services
from identity.forms import AccountForm
from identity.requests import SignedInRequest


@login_required
def me(request: SignedInRequest) -> HttpResponse:
    """Show what is known about the account; on POST, change its name and language."""
    account = request.user
    initial = {"display_name": account.display_name, "language": account.language}
    form = AccountForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.set_up_account(account, **form.cleaned_data)
        messages.success(request, _("Your account has been changed."))
        return redirect("identity:me")
    context = {
        "form": form,
        "roles": selectors.roles_of(account),
        "verifications": selectors.verifications_of(account, now=timezone.now()),
    }
    return render(request, "identity/me.html", context, status=422 if form.errors else 200)
