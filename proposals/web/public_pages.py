"""The public list and a proposal's own page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.exceptions import Refused
from core.i18n import current_language
from core.web.forms import form_page, is_sent, refusals_on
from core.web.requests import is_htmx
from identity.pages import RoundRequest, SignedInRoundRequest, round_page, signed_in_round_page
from proposals import selectors, services
from proposals.filters import ProposalFilter
from proposals.models import Comment, Proposal, Words
from proposals.tasks import hurry_screening
from proposals.web.forms import SORTS, CommentForm, FilterForm
from rounds.models import Phase

PAGE = 20
COMMENTS = 30


@dataclass(frozen=True, slots=True)
class Card:
    """A proposal in a list, in the reader's words."""

    proposal: Proposal
    words: Words
    facts: list[str]


def cards(proposals: Iterable[Proposal]) -> list[Card]:
    """Return cards in the order given. No query for proposals that came with category and area."""
    return [
        Card(proposal, proposal.words_for(current_language()), [_supporters(proposal.n_supporters)])
        for proposal in proposals
    ]


@round_page()
def list_(request: RoundRequest) -> HttpResponse:
    """Show a round's public proposals, narrowed and sorted as the address says."""
    round = request.round
    form = FilterForm(
        request.GET,
        round=round,
        categories=selectors.categories(round),
        areas=selectors.places(round),
    )
    filters = ProposalFilter(request.GET, round=round, form=form)
    sort = request.GET.get("sort", "")
    sort = sort if sort in dict(SORTS) else "newest"
    seed = _seed(request) if sort == "random" else ""
    rows = selectors.ordered(filters.qs, sort, seed).select_related("category", "area").defer("search_text")
    page = _page(rows, filters.qs.order_by().count(), PAGE, request)
    context = {
        "authority": round.authority,
        "round": round,
        "section": "proposals",
        "filters": form,
        "n_wanted": filters.n_words,
        "sorts": SORTS,
        "sort": sort,
        "page": page,
        "cards": cards(page),
        "act": selectors.next_act(round, request.user, timezone.now()),
    }
    return render(request, "proposals/list.html", context)


def _seed(request: HttpRequest) -> str:
    """The reader's own shuffle, the same on every page and every day they come back."""
    if "shuffle" not in request.session:
        request.session["shuffle"] = secrets.token_hex(8)
    return str(request.session["shuffle"])


class _CountedPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable at run time
    """A paginator that was told the count: the sorted query need not be counted."""

    def __init__(self, rows: Any, n: int, per_page: int) -> None:
        super().__init__(rows, per_page)
        self.__dict__["count"] = n


def _page(rows: Any, n: int, per_page: int, request: HttpRequest) -> Page[Any]:
    """A page that makes no sense is the first or the last one."""
    return _CountedPaginator(rows, n, per_page).get_page(request.GET.get("page"))


@round_page()
def detail(request: RoundRequest, code: str) -> HttpResponse:
    """Show a proposal with its reasons, its way so far and what is said about it."""
    proposal = _visible(request, code)
    return _detail(request, proposal, _comment_form(None))


def _visible(request: RoundRequest | SignedInRoundRequest, code: str) -> Proposal:
    proposals = Proposal.objects.filter(round=request.round).visible_to(request.user)
    proposal = get_object_or_404(
        proposals.select_related(
            "category__department", "area", "author", "assisted_submission", "merged_into"
        ).defer("search_text"),
        code=code,
    )
    # Its authority and area were loaded with it.
    proposal.round = request.round
    return proposal


def _comment_form(data: Any) -> CommentForm:
    return CommentForm(data, initial={"language": current_language()}, prefix="comment")


def _detail(request: HttpRequest, proposal: Proposal, form: CommentForm) -> HttpResponse:
    now = timezone.now()
    round = proposal.round
    words = proposal.words_for(current_language())
    if "original" in request.GET:
        words = proposal.words_for(proposal.language)
    comments = (
        Comment.objects.filter(proposal=proposal)
        .visible_to(request.user)
        .select_related("author", "assisted_submission")
    )
    page = _page(comments, comments.order_by().count(), COMMENTS, request)
    phases = {phase.kind: phase for phase in round.phases.all()}
    open_kinds = {kind for kind, phase in phases.items() if phase.is_open(now)}
    voting = phases.get(Phase.Kind.VOTING)
    is_author = request.user.is_authenticated and request.user.pk == proposal.author_id
    context = {
        "authority": round.authority,
        "round": round,
        "section": "proposals",
        "proposal": proposal,
        "words": words,
        "has_translation": proposal.words_for(current_language()).is_translation,
        "is_author": is_author,
        "may_edit": is_author and proposal.is_editable,
        "may_withdraw": is_author and proposal.can_be_withdrawn,
        "timeline": selectors.timeline(proposal, request.user),
        "milestones": list(proposal.milestones.order_by("-reported_at", "-pk"))
        if proposal.is_adopted
        else [],
        "comments": page,
        "page": page,
        "form": form,
        "takes_comments": proposal.standing.takes_comments and (voting is None or not voting.has_closed(now)),
        "takes_support": proposal.standing.takes_support
        and bool(open_kinds & {Phase.Kind.SUBMISSION, Phase.Kind.REVIEW}),
        "supports": selectors.supports(request.user, proposal),
        "related": cards(selectors.related(proposal)),
    }
    return form_page(request, "proposals/detail.html", context)


@signed_in_round_page(methods=["POST"])
def comment(request: SignedInRoundRequest, code: str) -> HttpResponse:
    """Take a comment; it waits until it was screened."""
    proposal = _visible(request, code)
    form = _comment_form(request.POST)
    if is_sent(request, form):
        with refusals_on(form):
            services.post_comment(proposal, author=request.user, **form.cleaned_data)
            hurry_screening()
            messages.success(
                request,
                _("We have received your comment. Others can see it once it has been checked."),
            )
            return redirect(f"{_address(proposal)}#comments")
    return _detail(request, proposal, form)


@signed_in_round_page(methods=["POST"])
def support(request: SignedInRoundRequest, code: str) -> HttpResponse:
    """Give support, or take it back."""
    proposal = _visible(request, code)
    gives = request.POST.get("support") == "give"
    try:
        if gives:
            services.give_support(proposal, actor=request.user)
        else:
            services.take_back_support(proposal, actor=request.user)
    except Refused as refusal:
        messages.error(request, " ".join(refusal.messages))
        return _detail_refused(request, proposal)
    if is_htmx(request):
        proposal.refresh_from_db(fields=["n_supporters"])
        context = {
            "authority": proposal.round.authority,
            "round": proposal.round,
            "proposal": proposal,
            "supports": gives,
            "takes_support": True,
            "announce": _supporters(proposal.n_supporters),
        }
        return render(request, "proposals/_support.html", context)
    messages.success(
        request,
        _("You support this proposal.") if gives else _("You no longer support this proposal."),
    )
    return redirect(_address(proposal))


def _detail_refused(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    response = _detail(request, proposal, _comment_form(None))
    response.status_code = 422
    return response


def _supporters(n: int) -> str:
    return ngettext("%(n)s supporter", "%(n)s supporters", n) % {"n": n}


def _address(proposal: Proposal) -> str:
    return reverse(
        "proposals:detail", args=[proposal.round.authority.slug, proposal.round.slug, proposal.code]
    )
