"""A department's desk: what waits to be reviewed, and concluding it."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.i18n import current_language
from identity.models import Account
from identity.reach import authority_for
from identity.requests import SignedInRequest
from identity.roles import Permission
from proposals import selectors, services
from proposals.forms import ConclusionForm, ReassignForm
from proposals.models import Proposal, Review
from proposals.views.reading import cards
from rounds.exceptions import Refused
from rounds.models import Authority

PAGE = 25


@login_required
def reviews(request: SignedInRequest, authority_slug: str) -> HttpResponse:
    """List the open reviews of the reader's departments, those with priority and the most urgent first."""
    authority = authority_for(request.user, authority_slug, Permission.REVIEW)
    assert isinstance(request.user, Account)
    now = timezone.now()
    rows = (
        Review.objects.open()
        .assigned_to(request.user, authority)
        .select_related("proposal__round", "proposal__category", "proposal__area", "department")
        .with_lateness(now)
        .annotate(has_priority=Coalesce("proposal__assistance__has_priority", False))
        .order_by("-has_priority", "due_on", "pk")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "authority": authority,
        "page": page,
        "rows": [(review, review.proposal.words_for(current_language())) for review in page],
        "counts": selectors.review_counts(request.user, authority, now),
    }
    return render(request, "proposals/reviews.html", context)


@login_required
def review(request: SignedInRequest, authority_slug: str, review_id: int) -> HttpResponse:
    """Show a proposal to its reviewer; on POST, conclude."""
    authority = authority_for(request.user, authority_slug, Permission.REVIEW)
    review = _of_mine(request, authority, review_id)
    form = ConclusionForm(request.POST if request.method == "POST" else None, proposal=review.proposal)
    if request.method == "POST" and form.is_valid():
        try:
            _conclusion(form, review.proposal, request.user)()
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(
                request, _("The review is concluded. The author is told, and everybody can read why.")
            )
            return redirect("proposals:reviews", authority_slug)
    return _review(request, authority, review, form)


def _review(
    request: SignedInRequest,
    authority: Authority,
    review: Review,
    form: ConclusionForm,
    reassign: ReassignForm | None = None,
) -> HttpResponse:
    """Show the page of a review with both its forms; 422 if either was refused."""
    proposal = review.proposal
    reassign = reassign or _reassign_form(None, authority, review)
    context = {
        "authority": authority,
        "round": proposal.round,
        "section": "work",
        "review": review,
        "proposal": proposal,
        "words": proposal.words_for(proposal.language),
        "translation": proposal.words_for(current_language()),
        "timeline": selectors.timeline(proposal, request.user),
        "related": cards(selectors.related(proposal)),
        "form": form,
        "reassign": reassign,
    }
    is_refused = form.errors or reassign.errors
    return render(request, "proposals/review.html", context, status=422 if is_refused else 200)


def _reassign_form(data: QueryDict | None, authority: Authority, review: Review) -> ReassignForm:
    """Offer every department of the authority but the one that has the review. One query."""
    others = list(authority.departments.exclude(pk=review.department_id))
    return ReassignForm(data, departments=others, prefix="reassign")


def _of_mine(request: SignedInRequest, authority: Authority, review_id: int) -> Review:
    assert isinstance(request.user, Account)
    return get_object_or_404(
        Review.objects.assigned_to(request.user, authority)
        .with_lateness(timezone.now())
        .select_related(
            "proposal__round__authority__area",
            "proposal__category",
            "proposal__area",
            "proposal__author",
            "department",
        ),
        pk=review_id,
        concluded_at=None,
    )


def _conclusion(form: ConclusionForm, proposal: Proposal, actor: Account) -> Callable[[], Proposal]:
    """The service a filled-in form asks for."""
    typed = form.cleaned_data
    explanation = typed["explanation"]
    match typed["conclusion"]:
        case ConclusionForm.FEASIBLE:
            return lambda: services.find_feasible(proposal, actor=actor, cost_minor=typed["cost_minor"])
        case ConclusionForm.INELIGIBLE:
            return lambda: services.find_ineligible(
                proposal, actor=actor, ground=typed["ground"], explanation=explanation
            )
        case ConclusionForm.REFER:
            return lambda: services.refer(
                proposal, actor=actor, to=typed["referred_to"], explanation=explanation
            )
    return lambda: services.merge(proposal, into=typed["merged_into"], actor=actor, explanation=explanation)


@require_POST
@login_required
def reassign(request: SignedInRequest, authority_slug: str, review_id: int) -> HttpResponse:
    """Pass a review to another department; a refusal is shown on the page of the review."""
    authority = authority_for(request.user, authority_slug, Permission.REVIEW)
    review = _of_mine(request, authority, review_id)
    form = _reassign_form(request.POST, authority, review)
    if form.is_valid():
        try:
            services.assign_review(
                review.proposal, department=form.cleaned_data["department"], actor=request.user
            )
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The review was passed on."))
            return redirect("proposals:reviews", authority_slug)
    return _review(request, authority, review, ConclusionForm(proposal=review.proposal), form)
