"""Writing a proposal: draft, preview, submit, withdraw, and the list of one's own."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from core.exceptions import Refused
from core.i18n import current_language
from core.web.forms import form_page, is_sent, refusals_on
from core.web.requests import is_mobile
from identity.pages import SignedInRoundRequest, signed_in_round_page
from proposals import selectors, services
from proposals.exceptions import Incomplete, StaleVersion
from proposals.filters import WHOLE
from proposals.models import Channel, Proposal
from proposals.tasks import hurry_screening
from proposals.web.forms import ProposalForm, WithdrawForm
from rounds.models import Round


@signed_in_round_page(methods=["GET", "POST"])
def new(request: SignedInRoundRequest) -> HttpResponse:
    """Begin a proposal; on POST, save it as a draft and go on to the preview if that was asked for."""
    return _edit(request, None)


@signed_in_round_page(methods=["GET", "POST"], own=True)
def draft(request: SignedInRoundRequest, proposal_id: int) -> HttpResponse:
    """Go on writing; on POST, save."""
    proposal = _own(request, proposal_id)
    if not proposal.is_editable:
        return _show(proposal)
    return _edit(request, proposal)


def _own(request: SignedInRoundRequest, proposal_id: int) -> Proposal:
    proposal = get_object_or_404(
        Proposal.objects.filter(round=request.round, author=request.user).select_related("category", "area"),
        pk=proposal_id,
    )
    proposal.round = request.round
    return proposal


def _show(proposal: Proposal) -> HttpResponse:
    """Go to a proposal's page; a discarded draft has none."""
    places = [proposal.round.authority.slug, proposal.round.slug]
    if proposal.code is None:
        return redirect("proposals:mine", *places)
    return redirect("proposals:detail", *places, proposal.code)


def _edit(request: SignedInRoundRequest, proposal: Proposal | None) -> HttpResponse:
    round = request.round
    previews = request.POST.get("then") == "preview"
    form = _form(request, round, proposal, complete=previews)
    saved = None
    if is_sent(request, form):
        try:
            kept = services.save_draft(
                round,
                author=request.user,
                proposal=proposal,
                version=form.cleaned_data["version"],
                channel=_channel(request),
                **form.text(),
            )
        except StaleVersion as refusal:
            assert proposal is not None
            form = _on_top_of_newer(form, proposal)
            form.add_error(None, refusal)
            saved = proposal
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            return _saved(request, kept, previews=previews)
    context = {
        "authority": round.authority,
        "round": round,
        "section": "proposals",
        "form": form,
        "proposal": proposal,
        "saved": saved,
        "act": selectors.next_act(round, request.user, timezone.now()),
    }
    return form_page(request, "proposals/edit.html", context)


def typed_before(proposal: Proposal | None) -> dict[str, Any]:
    """Return what the fields of a form hold when it is opened, for a new proposal without one."""
    if proposal is None:
        return {"language": current_language(), "area": WHOLE}
    typed = {column.removesuffix("_id"): value for column, value in proposal.text().items()}
    return typed | {"area": selectors.place_to_show(proposal, timezone.now())}


def _form(
    request: SignedInRoundRequest, round: Round, proposal: Proposal | None, *, complete: bool
) -> ProposalForm:
    initial = typed_before(proposal)
    if proposal is not None:
        initial["version"] = proposal.version
    return ProposalForm(
        request.POST if request.method == "POST" else None,
        round=round,
        categories=selectors.categories(round),
        areas=selectors.places_to_choose(round, timezone.now()),
        complete=complete,
        initial=initial,
    )


def _on_top_of_newer(form: ProposalForm, proposal: Proposal) -> ProposalForm:
    """Keep what was typed, and let the next save know that its author has seen the newer text."""
    typed = form.data.copy()  # type: ignore[attr-defined]  # what a browser sent is a QueryDict
    typed["version"] = str(proposal.version)
    form.data = typed
    return form


def _saved(request: SignedInRoundRequest, proposal: Proposal, *, previews: bool) -> HttpResponse:
    places = [proposal.round.authority.slug, proposal.round.slug, proposal.pk]
    if previews:
        return redirect("proposals:preview", *places)
    messages.success(
        request, _("Saved. Only you can see it. You can return to it at any time under “My proposals”.")
    )
    return redirect("proposals:draft", *places)


def _channel(request: SignedInRoundRequest) -> Channel:
    return Channel.MOBILE if is_mobile(request) else Channel.WEB


@signed_in_round_page(methods=["GET", "POST"], own=True)
def preview(request: SignedInRoundRequest, proposal_id: int) -> HttpResponse:
    """Show the text as others will see it; on POST, submit it."""
    proposal = _own(request, proposal_id)
    if not proposal.is_editable:
        return _show(proposal)
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            proposal = services.submit(proposal, actor=request.user)
        except Incomplete:
            return redirect("proposals:draft", request.authority.slug, request.round.slug, proposal_id)
        except Refused as error:
            refusal = error
        else:
            hurry_screening()
            messages.success(
                request,
                _(
                    "Your proposal %(code)s has been submitted. A moderator checks it before it "
                    "becomes public. We will write to you then."
                )
                % {"code": proposal.code},
            )
            return _show(proposal)
    context = {
        "authority": proposal.round.authority,
        "round": proposal.round,
        "section": "proposals",
        "proposal": proposal,
        "words": proposal.words_for(proposal.language),
        "refusal": refusal,
        "act": selectors.next_act(proposal.round, request.user, timezone.now()),
    }
    return render(request, "proposals/preview.html", context, status=422 if refusal else 200)


@signed_in_round_page(methods=["GET", "POST"], own=True)
def withdraw(request: SignedInRoundRequest, proposal_id: int) -> HttpResponse:
    """Ask before a proposal is withdrawn or a draft discarded; on POST, do it."""
    proposal = _own(request, proposal_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if is_sent(request, form):
        with refusals_on(form):
            services.withdraw(proposal, actor=request.user, **form.cleaned_data)
            was_draft = proposal.is_draft
            messages.success(
                request,
                _("The draft has been deleted.") if was_draft else _("Your proposal has been withdrawn."),
            )
            return redirect("proposals:mine", request.authority.slug, request.round.slug)
    context = {
        "authority": proposal.round.authority,
        "round": proposal.round,
        "section": "proposals",
        "proposal": proposal,
        "form": form,
    }
    return form_page(request, "proposals/withdraw.html", context)


@signed_in_round_page()
def mine(request: SignedInRoundRequest) -> HttpResponse:
    """List one's own proposals, those of this round first."""
    round = request.round
    rows = selectors.own(request.user, round.authority)
    context = {
        "authority": round.authority,
        "round": round,
        "section": "proposals",
        "here": [row for row in rows if row.round_id == round.pk],
        "elsewhere": [row for row in rows if row.round_id != round.pk],
        "act": selectors.next_act(round, request.user, timezone.now()),
        "n_unclaimed": selectors.unclaimed(request.user),
    }
    return render(request, "proposals/mine.html", context)


@signed_in_round_page(methods=["POST"])
def claim(request: SignedInRoundRequest) -> HttpResponse:
    """Take over what service desks wrote down for the reader before they had an account."""
    if services.claim_assisted(request.user):
        messages.success(
            request, _("These texts are now yours. We will write to you when something happens.")
        )
    return redirect("proposals:mine", request.authority.slug, request.round.slug)
