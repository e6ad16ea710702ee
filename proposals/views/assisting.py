"""The service desk's pages: writing down what somebody says who stands there, and handing over answers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.i18n import current_language
from identity.models import Person
from identity.reach import authority_for
from identity.requests import SignedInRequest
from identity.roles import Permission
from identity.services import attended, stop_attending
from proposals import selectors, services
from proposals.forms import AssistedCommentForm, AssistedProposalForm
from proposals.lifecycle import EDITABLE
from proposals.models import Assistance, Comment, Proposal
from proposals.tasks import hurry_screening
from proposals.views.writing import typed_before
from rounds.exceptions import Refused
from rounds.models import Authority, Phase, Round


@never_cache
@login_required
def desk(request: SignedInRequest, authority_slug: str) -> HttpResponse:
    """Show who stands at the desk and what can be done for them, and the answers to hand over.

    On POST the next person's turn comes.
    """
    authority = authority_for(request.user, authority_slug, Permission.ASSIST)
    if request.method == "POST":
        stop_attending(request.session)
        return redirect("proposals:assist", authority_slug)
    now = timezone.now()
    person = attended(request.session, authority, now=now)
    rounds = authority.rounds.published().filter(is_imported=False).prefetch_related("phases")
    context = {
        "authority": authority,
        "person": person,
        "written": selectors.written_down_for(person) if person is not None else [],
        "accepting": [round for round in rounds if _is_open(round, Phase.Kind.SUBMISSION)],
        "talked_about": [round for round in rounds if not _is_over(round)],
        "answers": selectors.answers_to_hand_over(authority),
    }
    return render(request, "proposals/desk_assist.html", context)


def _is_open(round: Round, kind: Phase.Kind) -> bool:
    now = timezone.now()
    return any(phase.kind == kind and phase.is_open(now) for phase in round.phases.all())


def _is_over(round: Round) -> bool:
    """Whether nobody comments in the round: its call has not begun, or its vote is over."""
    now = timezone.now()
    phases = {phase.kind: phase for phase in round.phases.all()}
    call, vote = phases.get(Phase.Kind.SUBMISSION), phases.get(Phase.Kind.VOTING)
    return (call is not None and now < call.opens_at) or (vote is not None and vote.has_closed(now))


def _at_the_desk(
    request: SignedInRequest, authority_slug: str, round_slug: str
) -> tuple[Authority, Round, Person | None]:
    authority = authority_for(request.user, authority_slug, Permission.ASSIST)
    round = get_object_or_404(Round.objects.at(authority_slug, round_slug))
    return authority, round, attended(request.session, authority, now=timezone.now())


def _nobody(request: SignedInRequest, authority: Authority) -> HttpResponse:
    messages.info(request, _("Nobody stands at the desk now. Find the person first."))
    return redirect("identity:desk_find", authority.slug)


@never_cache
@login_required
def propose(request: SignedInRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Write a proposal down; with `?again=<number>`, one that was sent back to the person."""
    authority, round, person = _at_the_desk(request, authority_slug, round_slug)
    if person is None:
        return _nobody(request, authority)
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
        form.leave_out_reach()
    if request.method == "POST" and form.is_valid():
        try:
            written = services.write_down_proposal(
                round,
                person,
                actor=request.user,
                agreed=services.Agreed(**form.agreement()),
                proposal=proposal,
                **form.text(),
            )
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            return _written(request, authority, written)
    return _write(request, authority, round, form, person=person, proposal=proposal)


def _again(request: SignedInRequest, round: Round, person: Person) -> Proposal | None:
    code = request.GET.get("again", "")
    if not code:
        return None
    written = Proposal.objects.filter(
        round=round, code=code, assistance__person=person, state__in=EDITABLE
    ).first()
    if written is None:
        raise Http404
    return written


@never_cache
@login_required
def comment(request: SignedInRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Write a comment down."""
    authority, round, person = _at_the_desk(request, authority_slug, round_slug)
    if person is None:
        return _nobody(request, authority)
    form = AssistedCommentForm(request.POST or None, round=round, initial={"language": current_language()})
    if person.account_id is not None:
        form.leave_out_reach()
    if request.method == "POST" and form.is_valid():
        try:
            written = services.write_down_comment(
                form.cleaned_data["code"],
                person,
                actor=request.user,
                agreed=services.Agreed(**form.agreement()),
                text=form.cleaned_data["text"],
                language=form.cleaned_data["language"],
            )
        except Refused as refusal:
            form.add_error(None, refusal)
        else:
            return _written(request, authority, written)
    return _write(request, authority, round, form, person=person, proposal=None, is_comment=True)


def _write(
    request: SignedInRequest,
    authority: Authority,
    round: Round,
    form: AssistedProposalForm | AssistedCommentForm,
    **more: object,
) -> HttpResponse:
    context = {"authority": authority, "round": round, "form": form, **more}
    return render(request, "proposals/desk_write.html", context, status=422 if form.errors else 200)


def _written(request: SignedInRequest, authority: Authority, written: Proposal | Comment) -> HttpResponse:
    hurry_screening()
    messages.success(request, _("It is handed in. Print this slip for the person, or read it out."))
    return redirect("proposals:assist_slip", authority.slug, written.assistance_id)


@never_cache
@login_required
def slip(request: SignedInRequest, authority_slug: str, assistance_id: int) -> HttpResponse:
    """Show what became of a text, to be printed or read out; on POST, keep that its author was told."""
    authority = authority_for(request.user, authority_slug, Permission.ASSIST)
    assistance = get_object_or_404(
        Assistance.objects.select_related(
            "proposal__round", "proposal__author", "comment__proposal__round", "comment__author"
        ),
        pk=assistance_id,
        person__authority=authority,
    )
    text = getattr(assistance, "proposal", None) or getattr(assistance, "comment", None)
    if text is None:
        # Written down again since: the later slip is the one that counts.
        raise Http404
    if request.method == "POST":
        services.note_told(assistance, actor=request.user)
        messages.success(request, _("Recorded: the person has been told."))
        return redirect("proposals:assist", authority_slug)
    services.note_views_of_reach(
        authority,
        actor=request.user,
        people=1 if assistance.reach else 0,
        page="proposals:assist_slip",
    )
    proposal = text if isinstance(text, Proposal) else text.proposal
    context = {
        "authority": authority,
        "round": proposal.round,
        "assistance": assistance,
        "text": text,
        "proposal": proposal,
        "is_comment": isinstance(text, Comment),
        "is_decided": text.state != "pending",
    }
    return render(request, "proposals/desk_slip.html", context)
