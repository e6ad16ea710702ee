"""The clerks' pages: who votes on paper, printed ballot papers, and keying what was collected."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from authorities.selectors import ballot_mark_of
from core.exceptions import Refused
from core.web.forms import form_page, is_sent, refusals_on
from identity.models import Account
from identity.pages import DeskEntry, SignedInRoundRequest
from identity.roles import Permission
from identity.verification.models import Person
from identity.verification.services import find_person
from identity.verification.shown import ShownForm
from places.models import Area
from rounds.models import Participation, Round
from voting.paper import keyed, printing
from voting.paper import selectors as paper_selectors
from voting.paper import services as paper_services
from voting.paper.models import KeyedBallot, PaperBatch, PaperDesk
from voting.paper.web.forms.batches import BatchForm, KeyingForm, RecountForm, SheetForm
from voting.paper.web.forms.desks import MarkForm, PaperDeskForm, WithdrawMarkForm
from voting.polls import frozen
from voting.polls import selectors as polls_selectors
from voting.polls import services as polls_services
from voting.polls.models import Poll
from voting.polls.selectors import Standing, poll_of
from voting.polls.web.officials import desk_context, vote_desk_page, vote_in


def _frozen(round: Round) -> Poll:
    """Return a round's vote, once its rules are frozen. Raises Http404."""
    poll = poll_of(round)
    if poll is None or not poll.is_frozen:
        raise Http404
    return poll


@vote_desk_page(
    Permission.ENTER_PAPER,
    methods=["GET", "POST"],
    entry=DeskEntry(
        title=gettext_lazy("Voting on paper"),
        says=gettext_lazy("Check in voters and transcribe paper ballots."),
        order=20,
        stands=vote_in(Poll.State.FROZEN, Poll.State.CLOSED),
    ),
)
def desks(request: SignedInRoundRequest) -> HttpResponse:
    """List the polling places with their figures: check-ins, ballots registered, transcribed and agreed; on
    POST add one.
    """
    round = request.round
    poll = poll_of(round)
    if poll is None or not poll.is_frozen:
        return render(request, "voting/desk_paper_early.html", desk_context(round))
    form = PaperDeskForm(request.POST or None)
    if is_sent(request, form):
        with refusals_on(form, "name"):
            desk = paper_services.open_desk(round, form.cleaned_data["name"], actor=request.user)
            return redirect("voting:paper_desk", request.authority.slug, round.slug, desk.pk)
    figures = paper_selectors.paper_figures(round)
    context = desk_context(
        round,
        form=form,
        figures=[(desk, _reasons(desk)) for desk in figures],
        total_marks=sum(desk.marks for desk in figures),
        total_valid=sum(desk.valid for desk in figures),
        poll=poll,
        sheets=SheetForm(rules=frozen.read(poll.rules), initial={"language": round.authority.language}),
    )
    return form_page(request, "voting/desk_paper.html", context)


def _reasons(figures: paper_selectors.DeskFigures) -> list[tuple[str, int]]:
    return [(str(KeyedBallot.Invalid(reason).label), n) for reason, n in figures.invalid.items()]


@never_cache
@vote_desk_page(Permission.ENTER_PAPER, methods=["GET", "POST"])
def desk(request: SignedInRoundRequest, desk_id: int) -> HttpResponse:
    """Mark who votes on paper at a desk, declare the stacks collected there, and settle it after the vote."""
    round, poll = request.round, _frozen(request.round)
    row = get_object_or_404(PaperDesk, pk=desk_id, round=round)
    rules = frozen.read(poll.rules)
    posted = request.POST.get("action", "")
    forms = {
        "mark": MarkForm(request.POST if posted == "mark" else None),
        "withdraw": WithdrawMarkForm(request.POST if posted == "withdraw" else None, prefix="withdraw"),
        "declare": BatchForm(request.POST if posted == "declare" else None, rules=rules, prefix="batch"),
    }
    refusal = None
    if request.method == "POST":
        act = _DESK_ACTS.get(posted)
        if act is None:
            raise Http404
        form = forms.get(posted)
        try:
            if form is None or form.is_valid():
                answer = act(request, row, form)
                return answer or redirect("voting:paper_desk", request.authority.slug, round.slug, desk_id)
        except Refused as error:
            refusal = error
            if form is not None:
                form.add_error(None, error)
    figures = next(figures for figures in paper_selectors.paper_figures(round) if figures.desk.pk == row.pk)
    is_open = polls_selectors.standing(round, timezone.now())[0] is Standing.OPEN
    context = desk_context(
        round,
        desk=row,
        figures=figures,
        reasons=_reasons(figures),
        is_open=is_open,
        may_change=poll.state in (Poll.State.FROZEN, Poll.State.CLOSED) and row.settled_at is None,
        refusal=refusal if posted == "settle" else None,
        sheets=SheetForm(rules=rules, initial={"language": round.authority.language}),
        form=forms.get(posted, forms["mark"]),
        **{f"{name}_form": form for name, form in forms.items()},
    )
    is_refused = refusal is not None or any(form.errors for form in forms.values())
    return render(request, "voting/desk_paper_desk.html", context, status=422 if is_refused else 200)


def _person(request: SignedInRoundRequest, row: PaperDesk, form: ShownForm) -> Person:
    return find_person(row.round.authority, **form.shown(), actor=request.user)


def _mark(request: SignedInRoundRequest, row: PaperDesk, form: MarkForm) -> None:
    person = _person(request, row, form)
    paper_services.mark_paper(row, person, actor=request.user, overrides=form.cleaned_data["overrides"])
    # The ballot to hand over, and nothing about the person.
    if person.participation == Participation.OUTSIDE:
        messages.success(request, _("Checked in. Hand over a ballot for people from outside the area."))
    else:
        messages.success(request, _("Checked in. Hand over a ballot for people from the area."))
    rules = frozen.read(row.round.poll.rules)
    path = person.area.path if person.area else ""
    areas = [paper for paper in rules.papers_for(path) if paper.area_path]
    for paper in areas:
        messages.info(
            request,
            _("Also hand over the ballot of their area: %(paper)s.") % {"paper": printing.title_of(paper)},
        )


def _withdraw_mark(request: SignedInRoundRequest, row: PaperDesk, form: ShownForm) -> None:
    paper_services.withdraw_mark(
        row, _person(request, row, form), reason=form.cleaned_data["reason"], actor=request.user
    )
    messages.success(request, _("The check-in is cancelled. Keep the ballot that was handed out."))


def _declare(request: SignedInRoundRequest, row: PaperDesk, form: BatchForm) -> HttpResponse:
    batch = paper_services.declare_batch(
        row,
        declared=form.cleaned_data["declared"],
        participation=Participation(form.cleaned_data["participation"]),
        area=Area.objects.get(path=form.area_path) if form.area_path else None,
        actor=request.user,
    )
    messages.success(
        request, _("This is batch %(number)s. Write the number on it.") % {"number": batch.number}
    )
    return redirect("voting:paper_batch", row.round.authority.slug, row.round.slug, batch.pk)


def _settle(request: SignedInRoundRequest, row: PaperDesk, form: None) -> None:
    paper_services.settle_desk(row, actor=request.user)
    messages.success(request, _("This polling place is closed out."))


_DESK_ACTS: dict[str, Callable[..., HttpResponse | None]] = {
    "mark": _mark,
    "withdraw": _withdraw_mark,
    "declare": _declare,
    "settle": _settle,
}


@never_cache
@vote_desk_page(Permission.ENTER_PAPER, methods=["GET", "POST"])
def batch(request: SignedInRoundRequest, batch_id: int) -> HttpResponse:
    """Transcribe a batch, ballot by ballot; list the ballots whose entries differ, and transcribe these
    again.
    """
    round, poll = request.round, _frozen(request.round)
    row = get_object_or_404(
        PaperBatch.objects.select_related("desk", "area", "entered_by", "second_by", "round__authority"),
        pk=batch_id,
        round=round,
    )
    papers = frozen.read(poll.rules).papers_for(row.area.path if row.area else "")
    posted = request.POST.get("action", "")
    recount = RecountForm(request.POST if posted in ("recount", "withdraw") else None, prefix="recount")
    mine = _mine(row, poll, request.user)
    differing = paper_selectors.differing(row) if row.state == PaperBatch.State.DIFFERS else []
    keying = KeyingForm(
        request.POST if posted == "key" else None,
        papers=papers,
        initial=_initial(request, row, papers, mine, differing),
    )
    refusal = None
    if request.method == "POST":
        act = _BATCH_ACTS.get(posted)
        if act is None:
            raise Http404
        form = {"key": keying, "recount": recount, "withdraw": recount}.get(posted)
        try:
            if form is None or form.is_valid():
                act(request, row, form)
                # After a paper the next one, without the way down the page again.
                address = reverse("voting:paper_batch", args=[request.authority.slug, round.slug, batch_id])
                return redirect(f"{address}#key" if posted == "key" else address)
        except Refused as error:
            refusal = error
            if form is not None:
                form.add_error(None, error)
    is_refused = refusal is not None or keying.errors or recount.errors
    context = desk_context(
        round,
        batch=row,
        papers=papers,
        form=keying if posted == "key" else recount,
        keying_form=keying,
        recount_form=recount,
        refusal=refusal if posted == "finish" else None,
        differing=differing,
        turn=_turn(request.user, row),
        mine=[
            (
                sequence,
                _typed(papers, content),
                KeyedBallot.Invalid(content.invalid).label if content.invalid else "",
            )
            for sequence, content in sorted(mine.items())
        ],
        n_left=row.declared - len(mine),
        clerks_rules=printing.clerks_rules(papers, ballot_mark_of(request.authority)),
    )
    return render(request, "voting/desk_paper_batch.html", context, status=422 if is_refused else 200)


def _mine(row: PaperBatch, poll: Poll, clerk: Account) -> dict[int, keyed.Content]:
    """This clerk's entries of the batch, by place. Nobody sees the other clerk's."""
    rows = KeyedBallot.objects.filter(batch=row, keyed_by=clerk).values_list("sequence", "sealed")
    key = poll.key
    return {sequence: keyed.revealed(key, sealed) for sequence, sealed in rows}


def _turn(clerk: Account, row: PaperBatch) -> str:
    """Say what this clerk may do with the batch: key, wait (for the other keying), again, or nothing."""
    me = clerk.pk
    if row.state == PaperBatch.State.DECLARED:
        return "key" if row.entered_by_id in (None, me) else ""
    if row.state == PaperBatch.State.KEYED_ONCE:
        if row.entered_by_id == me:
            return "wait"
        return "key" if row.second_by_id in (None, me) else ""
    if row.state == PaperBatch.State.DIFFERS:
        return "again" if me in (row.entered_by_id, row.second_by_id) else ""
    return ""


def _initial(
    request: SignedInRoundRequest,
    row: PaperBatch,
    papers: tuple[frozen.Paper, ...],
    mine: dict[int, keyed.Content],
    differing: list[int],
) -> dict[str, object]:
    """Begin with the paper asked for, as this clerk keyed it; else with the next one to key, empty."""
    asked = request.GET.get("paper", "")
    if asked.isdecimal() and int(asked) in mine and row.state == PaperBatch.State.DECLARED:
        content = mine[int(asked)]
        values: dict[str, object] = {
            "sequence": int(asked),
            "invalid": content.invalid,
            "is_blank": not any(content.choices.values()) and not content.invalid,
        }
        for paper in papers:
            entries = content.choices.get(paper.number, ())
            values[f"paper-{paper.number}"] = keyed.show_typed(paper, entries)
        return values
    if asked.isdecimal() and 1 <= int(asked) <= row.declared:
        return {"sequence": int(asked)}
    left = differing or [number for number in range(1, row.declared + 1) if number not in mine]
    return {"sequence": left[0]} if left else {}


def _typed(papers: tuple[frozen.Paper, ...], content: keyed.Content) -> str:
    typed = [keyed.show_typed(paper, content.choices.get(paper.number, ())) for paper in papers]
    return " · ".join(text or "–" for text in typed)


def _key(request: SignedInRoundRequest, row: PaperBatch, form: KeyingForm) -> None:
    asked = form.cleaned_data
    paper_services.key_ballot(
        row,
        asked["sequence"],
        asked["choices"],
        invalid=asked["invalid"],
        note=asked["note"],
        actor=request.user,
    )


def _finish(request: SignedInRoundRequest, row: PaperBatch, form: None) -> None:
    batch = paper_services.finish_keying(row, actor=request.user)
    if batch.state == PaperBatch.State.AGREED:
        messages.success(request, _("Both entries match. The batch is finished."))
    elif batch.state == PaperBatch.State.KEYED_ONCE:
        messages.success(request, _("The first entry is finished. Hand the batch to another clerk."))


def _recount(request: SignedInRoundRequest, row: PaperBatch, form: RecountForm) -> None:
    declared = form.cleaned_data["declared"] or row.declared
    paper_services.recount_batch(
        row, declared=declared, reason=form.cleaned_data["reason"], actor=request.user
    )
    messages.success(request, _("The number of ballots is corrected."))


def _withdraw_batch(request: SignedInRoundRequest, row: PaperBatch, form: RecountForm) -> None:
    paper_services.withdraw_batch(row, reason=form.cleaned_data["reason"], actor=request.user)
    messages.success(request, _("The batch is withdrawn. Register its ballots again in another one."))


_BATCH_ACTS: dict[str, Callable[..., None]] = {
    "key": _key,
    "finish": _finish,
    "recount": _recount,
    "withdraw": _withdraw_batch,
}


@vote_desk_page(Permission.ENTER_PAPER)
def sheet(request: SignedInRoundRequest) -> HttpResponse:
    """Give the ballot papers that a voter is handed, as a PDF."""
    return _pdf(request, frozen.read(_frozen(request.round).rules), is_draft=False)


@vote_desk_page(Permission.DRAW_UP_BALLOT_PAPER)
def proof(request: SignedInRoundRequest) -> HttpResponse:
    """Give the same to the officer who draws the papers up; a draft until they are frozen."""
    try:
        rules = polls_services.rules_as_they_stand(request.round)
    except Refused as refusal:
        raise Http404 from refusal
    return _pdf(request, rules, is_draft=not request.round.poll.is_frozen)


def _pdf(request: SignedInRoundRequest, rules: frozen.Rules, *, is_draft: bool) -> HttpResponse:
    round = request.round
    form = SheetForm({"language": round.authority.language, **request.GET.dict()}, rules=rules)
    if not form.is_valid():
        raise Http404
    language = form.cleaned_data["language"]
    made = printing.ballot_papers(
        round,
        rules,
        form.papers,
        participation=form.cleaned_data["participation"],
        language=language,
        is_draft=is_draft,
    )
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{round.file_stem}-ballot-{language}.pdf"'
    return response
