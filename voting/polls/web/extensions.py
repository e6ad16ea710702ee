"""The officials' page on which a vote is extended."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.exceptions import Refused
from identity.pages import SignedInRoundRequest
from identity.roles import Permission
from voting.polls import selectors, services
from voting.polls.models import Extension
from voting.polls.selectors import Standing
from voting.polls.web.forms.extensions import ExtensionForm
from voting.polls.web.officials import desk_context, vote_desk_page


@vote_desk_page(Permission.CLOSE_VOTE, methods=["GET", "POST"])
def extend(request: SignedInRoundRequest) -> HttpResponse:
    """Ask that voting closes later, approve what another official has asked for, or take it back."""
    round, actor = request.round, request.user
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
                        request, _("Your request is recorded. Another official must approve it.")
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
            return redirect("voting:desk_extension", request.authority.slug, round.slug)
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


def _decide(request: SignedInRoundRequest, waiting: Extension, action: str) -> None:
    if action == "withdraw":
        services.withdraw_extension(waiting, actor=request.user)
        messages.success(request, _("The request is withdrawn."))
    else:
        services.approve_extension(waiting, actor=request.user)
        messages.success(request, _("Voting is extended. The ballot page now says so."))
