"""The officials' page on which a vote is extended."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from identity.roles import Permission
from rounds.exceptions import Refused
from voting import selectors, services
from voting.forms import ExtensionForm
from voting.models import Extension
from voting.selectors import Standing
from voting.views.officials import desk_context, desk_round, official


@login_required
def extend(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Ask that voting closes later, approve what another official has asked for, or take it back."""
    round = desk_round(request, authority_slug, round_slug, Permission.CLOSE_VOTE)
    actor = official(request)
    waiting = round.extensions.filter(approved_at=None).select_related("requested_by").first()
    action = request.POST.get("action", "")
    form = ExtensionForm(request.POST if action == "request" else None, time_zone=round.time_zone)
    refusal = None
    if request.method == "POST":
        try:
            if action == "request":
                if form.is_valid():
                    services.request_extension(round, actor=actor, **form.cleaned_data)
                    messages.success(
                        request, _("Your request is recorded. Another official has to approve it.")
                    )
            elif action in ("approve", "withdraw") and waiting is not None:
                _decide(request, waiting, action)
            else:
                raise Http404
        except Refused as error:
            refusal = error
            if action == "request":
                form.add_error(None, error)
        if refusal is None and not form.errors:
            return redirect("voting:desk_extension", authority_slug, round_slug)
    standing, phase = selectors.standing(round, timezone.now())
    context = desk_context(
        round,
        form=form,
        refusal=None if form.errors else refusal,
        waiting=waiting,
        may_approve=waiting is not None and not waiting.is_asked_by(actor),
        extensions=selectors.extensions(round),
        is_open=standing is Standing.OPEN,
        phase=phase,
    )
    status = 422 if form.errors or refusal else 200
    return render(request, "voting/desk_extension.html", context, status=status)


def _decide(request: HttpRequest, waiting: Extension, action: str) -> None:
    if action == "withdraw":
        services.withdraw_extension(waiting, actor=official(request))
        messages.success(request, _("The request is taken back."))
    else:
        services.approve_extension(waiting, actor=official(request))
        messages.success(request, _("Voting is extended. The ballot page says so from now on."))
