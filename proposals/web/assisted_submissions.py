"""The service desk's pages: submitting on behalf of people, and passing on answers."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from authorities.models import Authority
from core.i18n import current_language
from core.web.forms import form_page, is_sent, refusals_on
from identity.models import Account
from identity.pages import (
    DeskEntry,
    SignedInAuthorityRequest,
    SignedInRoundRequest,
    Waiting,
    desk_page,
    round_desk_page,
)
from identity.roles import Permission
from identity.verification.models import Person
from identity.verification.services import attended, stop_attending
from proposals import lifecycle, selectors, services
from proposals.models import AssistedSubmission, Comment, Proposal
from proposals.tasks import hurry_screening
from proposals.web.drafts import typed_before
from proposals.web.forms import AssistedCommentForm, AssistedProposalForm
from rounds.models import Phase, Round


def _answers_waiting(reader: Account, authority: Authority, now: datetime) -> Waiting:
    return Waiting(selectors.n_answers_to_hand_over(authority))


@never_cache
@desk_page(
    Permission.ASSIST,
    methods=["GET", "POST"],
    entry=DeskEntry(
        title=gettext_lazy("Submit for a resident"),
        says=gettext_lazy("For people at the service desk, and answers to pass on."),
        order=20,
        waits=_answers_waiting,
    ),
)
def service_desk(request: SignedInAuthorityRequest) -> HttpResponse:
    """Show the person at the service desk, what can be done for them, and the answers to pass on.

    On POST, end their turn.
    """
    authority = request.authority
    if request.method == "POST":
        stop_attending(request.session)
        return redirect("proposals:service_desk", authority.slug)
    now = timezone.now()
    person = attended(request.session, authority, now=now)
    rounds = authority.rounds.published().filter(is_imported=False).prefetch_related("phases")
    context = {
        "authority": authority,
        "person": person,
        "written": selectors.assisted_texts_of(person) if person is not None else [],
        "accepting": [round for round in rounds if _is_open(round, Phase.Kind.SUBMISSION)],
        "talked_about": [round for round in rounds if not _is_over(round)],
        "answers": selectors.answers_to_hand_over(authority),
    }
    return render(request, "proposals/desk_assist.html", context)


def _is_open(round: Round, kind: Phase.Kind) -> bool:
    now = timezone.now()
    return any(phase.kind == kind and phase.is_open(now) for phase in round.phases.all())


def _is_over(round: Round) -> bool:
    """Return whether nobody comments in the round: its call has not begun, or its vote is over."""
    now = timezone.now()
    phases = {phase.kind: phase for phase in round.phases.all()}
    call, vote = phases.get(Phase.Kind.SUBMISSION), phases.get(Phase.Kind.VOTING)
    return (call is not None and now < call.opens_at) or (vote is not None and vote.has_closed(now))


def _at_the_desk(request: SignedInRoundRequest) -> Person | None:
    return attended(request.session, request.authority, now=timezone.now())


def _nobody(request: SignedInRoundRequest) -> HttpResponse:
    messages.info(request, _("No person is selected. Find the person first."))
    return redirect("identity:desk_find", request.authority.slug)


@never_cache
@round_desk_page(Permission.ASSIST, methods=["GET", "POST"], published=True)
def propose(request: SignedInRoundRequest) -> HttpResponse:
    """Write a proposal down; with `?again=<number>`, one that was sent back to the person."""
    round, person = request.round, _at_the_desk(request)
    if person is None:
        return _nobody(request)
    proposal = _again(request, round, person)
    form = AssistedProposalForm(
        request.POST or None,
        round=round,
        categories=selectors.categories(round),
        areas=selectors.places_to_choose(round, timezone.now()),
        complete=True,
        initial=typed_before(proposal),
    )
    if person.account_id is not None:
        form.leave_out_contact()
    if is_sent(request, form):
        with refusals_on(form):
            submitted = services.submit_proposal_on_behalf(
                round,
                person,
                actor=request.user,
                agreed=services.Agreement(**form.agreement()),
                proposal=proposal,
                **form.text(),
            )
            return _submitted(request, submitted)
    return _show_form(request, form, person=person, proposal=proposal)


def _again(request: SignedInRoundRequest, round: Round, person: Person) -> Proposal | None:
    code = request.GET.get("again", "")
    if not code:
        return None
    submitted = Proposal.objects.filter(
        round=round, code=code, assisted_submission__person=person, state__in=lifecycle.editable()
    ).first()
    if submitted is None:
        raise Http404
    return submitted


@never_cache
@round_desk_page(Permission.ASSIST, methods=["GET", "POST"], published=True)
def comment(request: SignedInRoundRequest) -> HttpResponse:
    """Write a comment down."""
    person = _at_the_desk(request)
    if person is None:
        return _nobody(request)
    form = AssistedCommentForm(
        request.POST or None, round=request.round, initial={"language": current_language()}
    )
    if person.account_id is not None:
        form.leave_out_contact()
    if is_sent(request, form):
        with refusals_on(form):
            submitted = services.submit_comment_on_behalf(
                form.cleaned_data["code"],
                person,
                actor=request.user,
                agreed=services.Agreement(**form.agreement()),
                text=form.cleaned_data["text"],
                language=form.cleaned_data["language"],
            )
            return _submitted(request, submitted)
    return _show_form(request, form, person=person, proposal=None, is_comment=True)


def _show_form(
    request: SignedInRoundRequest, form: AssistedProposalForm | AssistedCommentForm, **more: object
) -> HttpResponse:
    context = {"authority": request.authority, "round": request.round, "form": form, **more}
    return form_page(request, "proposals/desk_assisted_submission.html", context)


def _submitted(request: SignedInRoundRequest, submitted: Proposal | Comment) -> HttpResponse:
    hurry_screening()
    messages.success(request, _("It is submitted. Print this slip for the person or read it out."))
    return redirect("proposals:assisted_slip", request.authority.slug, submitted.assisted_submission_id)


@never_cache
@desk_page(Permission.ASSIST, methods=["GET", "POST"])
def slip(request: SignedInAuthorityRequest, assisted_submission_id: int) -> HttpResponse:
    """Show what became of a text, to be printed or read out; on POST, keep that its author was told."""
    authority = request.authority
    assisted_submission = get_object_or_404(
        AssistedSubmission.objects.select_related(
            "proposal__round", "proposal__author", "comment__proposal__round", "comment__author"
        ),
        pk=assisted_submission_id,
        person__authority=authority,
    )
    text = getattr(assisted_submission, "proposal", None) or getattr(assisted_submission, "comment", None)
    if text is None:
        # Written down again since: the later slip is the one that counts.
        raise Http404
    if request.method == "POST":
        services.note_notified(assisted_submission, actor=request.user)
        messages.success(request, _("Recorded: the person has been informed."))
        return redirect("proposals:service_desk", authority.slug)
    services.note_contact_views(
        authority,
        actor=request.user,
        people=1 if assisted_submission.contact else 0,
        page="proposals:assisted_slip",
    )
    proposal = text if isinstance(text, Proposal) else text.proposal
    context = {
        "authority": authority,
        "round": proposal.round,
        "assisted_submission": assisted_submission,
        "text": text,
        "proposal": proposal,
        "is_comment": isinstance(text, Comment),
        "is_decided": not text.is_pending,
        "may_be_handed_in_again": isinstance(text, Proposal) and text.is_editable,
    }
    return render(request, "proposals/desk_slip.html", context)
