"""A department's desk: what waits to be reviewed, and concluding it."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorities.models import Authority
from authorities.reasons import Serves
from authorities.selectors import offered_reasons
from core.i18n import current_language
from core.web.forms import is_sent, refusals_on
from identity.models import Account
from identity.pages import DeskEntry, SignedInAuthorityRequest, Waiting, desk_page
from identity.roles import Permission
from proposals.models import Proposal
from proposals.selectors import related, timeline
from reviews import services
from reviews.models import Review
from reviews.selectors import review_counts
from reviews.web.forms import ConclusionForm, ReassignForm

PAGE = 25


def _open_reviews(reader: Account, authority: Authority, now: datetime) -> Waiting:
    counts = review_counts(reader, authority, now)
    return Waiting(counts.open, counts.late)


@desk_page(
    Permission.REVIEW,
    entry=DeskEntry(
        title=gettext_lazy("Reviews"),
        says=gettext_lazy("Proposals that your department has to review."),
        order=30,
        waits=_open_reviews,
    ),
)
def reviews(request: SignedInAuthorityRequest) -> HttpResponse:
    """List the open reviews of the reader's departments, those with priority and the most urgent first."""
    authority = request.authority
    now = timezone.now()
    rows = (
        Review.objects.open()
        .assigned_to(request.user, authority)
        .select_related("proposal__round", "proposal__category", "proposal__area", "department")
        .with_lateness(now)
        .annotate(has_priority=Coalesce("proposal__assisted_submission__has_priority", False))
        .order_by("-has_priority", "due_on", "pk")
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "authority": authority,
        "page": page,
        "rows": [(review, review.proposal.words_for(current_language())) for review in page],
        "counts": review_counts(request.user, authority, now),
    }
    return render(request, "reviews/list.html", context)


@desk_page(Permission.REVIEW, methods=["GET", "POST"])
def review(request: SignedInAuthorityRequest, review_id: int) -> HttpResponse:
    """Show a proposal to its reviewer; on POST, conclude."""
    review = _of_mine(request, review_id)
    form = _conclusion_form(review, request.POST if request.method == "POST" else None)
    if is_sent(request, form):
        with refusals_on(form):
            _conclusion(form, review.proposal, request.user)()
            messages.success(
                request,
                _("The review is complete. The author will be notified, and everybody can read the reason."),
            )
            return redirect("reviews:list", request.authority.slug)
    return _review(request, review, form)


def _review(
    request: SignedInAuthorityRequest,
    review: Review,
    form: ConclusionForm,
    reassign: ReassignForm | None = None,
) -> HttpResponse:
    """Show the page of a review with both its forms; 422 if either was refused."""
    authority, proposal = request.authority, review.proposal
    reassign = reassign or _reassign_form(None, authority, review)
    context = {
        "authority": authority,
        "round": proposal.round,
        "section": "work",
        "review": review,
        "proposal": proposal,
        "words": proposal.words_for(proposal.language),
        "translation": proposal.words_for(current_language()),
        "timeline": timeline(proposal, request.user),
        "related": [(other, other.words_for(current_language())) for other in related(proposal)],
        "form": form,
        "reassign": reassign,
    }
    is_refused = form.errors or reassign.errors
    return render(request, "reviews/review.html", context, status=422 if is_refused else 200)


def _conclusion_form(review: Review, data: QueryDict | None = None) -> ConclusionForm:
    """Offer the reasons of the authority that holds the round. One query."""
    round = review.proposal.round
    reasons = offered_reasons(round.authority_id, Serves.INELIGIBILITY)
    return ConclusionForm(data, proposal=review.proposal, reasons=reasons)


def _reassign_form(data: QueryDict | None, authority: Authority, review: Review) -> ReassignForm:
    """Offer every department of the authority but the one that has the review. One query."""
    others = list(authority.departments.exclude(pk=review.department_id))
    return ReassignForm(data, departments=others, prefix="reassign")


def _of_mine(request: SignedInAuthorityRequest, review_id: int) -> Review:
    return get_object_or_404(
        Review.objects.assigned_to(request.user, request.authority)
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
                proposal, actor=actor, reason=typed["reason"], explanation=explanation
            )
        case ConclusionForm.REFER:
            return lambda: services.refer(
                proposal, actor=actor, to=typed["referred_to"], explanation=explanation
            )
    return lambda: services.merge(proposal, into=typed["merged_into"], actor=actor, explanation=explanation)


@desk_page(Permission.REVIEW, methods=["POST"])
def reassign(request: SignedInAuthorityRequest, review_id: int) -> HttpResponse:
    """Pass a review to another department; a refusal is shown on the page of the review."""
    review = _of_mine(request, review_id)
    form = _reassign_form(request.POST, request.authority, review)
    if is_sent(request, form):
        with refusals_on(form):
            services.assign_review(
                review.proposal, department=form.cleaned_data["department"], actor=request.user
            )
            messages.success(request, _("The review was handed over."))
            return redirect("reviews:list", request.authority.slug)
    return _review(request, review, _conclusion_form(review), form)
