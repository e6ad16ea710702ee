"""The screening queue and one text in it."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authorities.models import Authority
from authorities.reasons import Serves
from authorities.selectors import offered_reasons, settings_of
from core.exceptions import Refused
from core.web.forms import form_page, is_sent, refusals_on
from identity.models import Account
from identity.pages import DeskEntry, SignedInAuthorityRequest, Waiting, desk_page
from identity.roles import Permission
from moderation import selectors, services
from moderation.hints import Kind
from moderation.models import Case
from moderation.web.forms import DecisionForm

PAGE = 25


def hint_words(kind: str) -> str:
    """Return the name of a hint for moderators."""
    return {
        Kind.NATIONAL_ID: _("identity number"),
        Kind.PHONE: _("telephone number"),
        Kind.EMAIL: _("e-mail address"),
        Kind.MESSENGER: _("messenger name"),
        Kind.ADDRESS: _("postal address of a person"),
        Kind.LINK: _("link"),
        Kind.ADVERTISING: _("advertising"),
        Kind.ABUSE: _("abuse"),
        Kind.POLITICAL: _("politics"),
        Kind.PERSONAL_GAIN: _("personal gain"),
    }[Kind(kind)]


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the queue. `holder` is empty if nobody has it."""

    case: Case
    excerpt: str
    language: str
    hints: list[str]
    is_late: bool
    is_mine: bool
    is_taken: bool


def _row(case: Case, reader: Account) -> Row:
    now = timezone.now()
    text = case.proposal if case.proposal is not None else case.comment
    assert text is not None
    held = case.is_claimed(now)
    return Row(
        case=case,
        excerpt=case.proposal.title if case.proposal is not None else selectors.text_of(case)[:140],
        language=text.language,
        hints=sorted({hint_words(hint["kind"]) for hint in case.hints}),
        is_late=case.is_late(now),
        is_mine=held and case.claimed_by_id == reader.pk,
        is_taken=held and case.claimed_by_id != reader.pk,
    )


def _waiting_texts(reader: Account, authority: Authority, now: datetime) -> Waiting:
    counts = selectors.queue_counts(authority, now)
    return Waiting(counts.waiting, counts.late)


@desk_page(
    Permission.SCREEN,
    entry=DeskEntry(
        title=gettext_lazy("Screening"),
        says=gettext_lazy("Proposals and comments that are not public yet."),
        order=10,
        waits=_waiting_texts,
    ),
)
def queue(request: SignedInAuthorityRequest) -> HttpResponse:
    """List what waits: what could harm most first, then what has priority, then what is due first."""
    authority = request.authority
    cases = (
        Case.objects.of(authority)
        .waiting()
        .in_queue_order()
        .select_related("proposal__round", "comment__proposal__round")
    )
    page = Paginator(cases, PAGE).get_page(request.GET.get("page"))
    services.note_personal_data(list(page), authority=authority, actor=request.user, page="moderation:queue")
    context = {
        "authority": authority,
        "page": page,
        "rows": [_row(case, request.user) for case in page],
        "counts": selectors.queue_counts(authority, timezone.now()),
    }
    return render(request, "moderation/queue.html", context)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `hint` says what the automatic check noticed there, or is empty."""

    text: str
    hint: str


def pieces(text: str, hints: list[dict[str, object]]) -> list[Piece]:
    """Cut a text where hints begin and end, for showing them in place. Overlapping hints: the first wins."""
    cut: list[Piece] = []
    at = 0
    for hint in sorted(hints, key=lambda hint: (hint["start"], hint["end"])):
        start, end = int(str(hint["start"])), int(str(hint["end"]))
        if start < at:
            continue
        cut += [Piece(text[at:start], ""), Piece(text[start:end], hint_words(str(hint["kind"])))]
        at = end
    cut.append(Piece(text[at:], ""))
    return [piece for piece in cut if piece.text]


@desk_page(Permission.SCREEN, methods=["GET", "POST"])
def case(request: SignedInAuthorityRequest, case_id: int) -> HttpResponse:
    """Show a text to its moderator; on POST, decide."""
    case = _waiting(request.authority, case_id)
    reasons = offered_reasons(case.authority_id, Serves.SCREENING)
    least = settings_of(case.authority_id).shortest_explanation
    form = DecisionForm(request.POST if request.method == "POST" else None, reasons=reasons, least=least)
    if is_sent(request, form):
        with refusals_on(form):
            services.decide(case, actor=request.user, **form.cleaned_data)
            messages.success(request, _("Decided. The author will be notified."))
            return redirect("moderation:queue", request.authority.slug)
    return _case(request, case, form)


def _waiting(authority: Authority, case_id: int) -> Case:
    return get_object_or_404(
        Case.objects.of(authority).select_related(
            "proposal__round", "proposal__category", "proposal__area", "comment__proposal__round"
        ),
        pk=case_id,
    )


def _case(request: SignedInAuthorityRequest, case: Case, form: DecisionForm) -> HttpResponse:
    authority = request.authority
    services.note_personal_data([case], authority=authority, actor=request.user, page="moderation:case")
    row = _row(case, request.user)
    about = case.proposal if case.proposal is not None else case.comment.proposal if case.comment else None
    assert about is not None
    context = {
        "authority": authority,
        "round": about.round,
        "section": "work",
        "case": case,
        "row": row,
        "about": about,
        "pieces": pieces(selectors.text_of(case), case.hints),
        "history": list(about.status_changes.order_by("-at", "-pk")) if case.proposal is not None else [],
        "form": form,
        "is_open": case.closed_at is None and case.is_about_what_waits,
    }
    return form_page(request, "moderation/case.html", context)


@desk_page(Permission.SCREEN, methods=["POST"])
def claim(request: SignedInAuthorityRequest, case_id: int) -> HttpResponse:
    """Take a text, or put it back."""
    case = _waiting(request.authority, case_id)
    if request.POST.get("then") == "release":
        services.release(case, actor=request.user)
        messages.success(request, _("The text is back in the queue."))
        return redirect("moderation:queue", request.authority.slug)
    try:
        services.claim(case, actor=request.user)
    except Refused as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("moderation:queue", request.authority.slug)
    return redirect("moderation:case", request.authority.slug, case_id)
