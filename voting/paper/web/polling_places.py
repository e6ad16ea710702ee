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
from identity.verification.identifier_form import IdentifierForm
from identity.verification.models import Person
from identity.verification.services import find_person
from places.models import Area
from rounds.models import Residency, Round
from voting.paper import printing, transcription
from voting.paper import selectors as paper_selectors
from voting.paper import services as paper_services
from voting.paper.models import BallotBatch, PollingPlace, TranscribedBallot
from voting.paper.web.forms.batches import BatchForm, RecountForm, SheetForm, TranscriptionForm
from voting.paper.web.forms.polling_places import CancelCheckInForm, CheckInForm, PollingPlaceForm
from voting.polls import ruleset
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
def polling_places(request: SignedInRoundRequest) -> HttpResponse:
    """List the polling places with their figures: check-ins, ballots registered, transcribed and agreed; on
    POST add one.
    """
    round = request.round
    poll = poll_of(round)
    if poll is None or not poll.is_frozen:
        return render(request, "voting/desk_polling_places_early.html", desk_context(round))
    form = PollingPlaceForm(request.POST or None)
    if is_sent(request, form):
        with refusals_on(form, "name"):
            polling_place = paper_services.open_polling_place(
                round, form.cleaned_data["name"], actor=request.user
            )
            return redirect("voting:polling_place", request.authority.slug, round.slug, polling_place.pk)
    figures = paper_selectors.polling_place_totals(round)
    context = desk_context(
        round,
        form=form,
        figures=[(polling_place, _reasons(polling_place)) for polling_place in figures],
        total_check_ins=sum(polling_place.check_ins for polling_place in figures),
        total_valid=sum(polling_place.valid for polling_place in figures),
        poll=poll,
        sheets=SheetForm(rules=ruleset.read(poll.rules), initial={"language": round.authority.language}),
    )
    return form_page(request, "voting/desk_polling_places.html", context)


def _reasons(figures: paper_selectors.PollingPlaceTotals) -> list[tuple[str, int]]:
    return [(str(TranscribedBallot.Invalid(reason).label), n) for reason, n in figures.invalid.items()]


@never_cache
@vote_desk_page(Permission.ENTER_PAPER, methods=["GET", "POST"])
def polling_place(request: SignedInRoundRequest, polling_place_id: int) -> HttpResponse:
    """Mark who votes on paper at a desk, declare the stacks collected there, and settle it after the vote."""
    round, poll = request.round, _frozen(request.round)
    row = get_object_or_404(PollingPlace, pk=polling_place_id, round=round)
    rules = ruleset.read(poll.rules)
    posted = request.POST.get("action", "")
    forms = {
        "mark": CheckInForm(request.POST if posted == "mark" else None),
        "withdraw": CancelCheckInForm(request.POST if posted == "withdraw" else None, prefix="withdraw"),
        "declare": BatchForm(request.POST if posted == "declare" else None, rules=rules, prefix="batch"),
    }
    refusal = None
    if request.method == "POST":
        act = _POLLING_PLACE_ACTS.get(posted)
        if act is None:
            raise Http404
        form = forms.get(posted)
        try:
            if form is None or form.is_valid():
                answer = act(request, row, form)
                return answer or redirect(
                    "voting:polling_place", request.authority.slug, round.slug, polling_place_id
                )
        except Refused as error:
            refusal = error
            if form is not None:
                form.add_error(None, error)
    figures = next(
        figures
        for figures in paper_selectors.polling_place_totals(round)
        if figures.polling_place.pk == row.pk
    )
    is_open = polls_selectors.standing(round, timezone.now())[0] is Standing.OPEN
    context = desk_context(
        round,
        polling_place=row,
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
    return render(request, "voting/desk_polling_place.html", context, status=422 if is_refused else 200)


def _person(request: SignedInRoundRequest, row: PollingPlace, form: IdentifierForm) -> Person:
    return find_person(row.round.authority, **form.given_identifier(), actor=request.user)


def _check_in(request: SignedInRoundRequest, row: PollingPlace, form: CheckInForm) -> None:
    person = _person(request, row, form)
    paper_services.check_in(row, person, actor=request.user, overrides=form.cleaned_data["overrides"])
    # The ballot to hand over, and nothing about the person.
    if person.residency == Residency.OUTSIDE:
        messages.success(request, _("Checked in. Hand over a ballot for people from outside the area."))
    else:
        messages.success(request, _("Checked in. Hand over a ballot for people from the area."))
    rules = ruleset.read(row.round.poll.rules)
    path = person.area.path if person.area else ""
    areas = [ballot_style for ballot_style in rules.ballot_styles_for(path) if ballot_style.area_path]
    for ballot_style in areas:
        messages.info(
            request,
            _("Also hand over the ballot of their area: %(paper)s.")
            % {"paper": printing.title_of(ballot_style)},
        )


def _cancel_check_in(request: SignedInRoundRequest, row: PollingPlace, form: IdentifierForm) -> None:
    paper_services.cancel_check_in(
        row, _person(request, row, form), reason=form.cleaned_data["reason"], actor=request.user
    )
    messages.success(request, _("The check-in is cancelled. Keep the ballot that was handed out."))


def _declare(request: SignedInRoundRequest, row: PollingPlace, form: BatchForm) -> HttpResponse:
    batch = paper_services.declare_batch(
        row,
        declared=form.cleaned_data["declared"],
        residency=Residency(form.cleaned_data["residency"]),
        area=Area.objects.get(path=form.area_path) if form.area_path else None,
        actor=request.user,
    )
    messages.success(
        request, _("This is batch %(number)s. Write the number on it.") % {"number": batch.number}
    )
    return redirect("voting:ballot_batch", row.round.authority.slug, row.round.slug, batch.pk)


def _settle(request: SignedInRoundRequest, row: PollingPlace, form: None) -> None:
    paper_services.settle_polling_place(row, actor=request.user)
    messages.success(request, _("This polling place is closed out."))


_POLLING_PLACE_ACTS: dict[str, Callable[..., HttpResponse | None]] = {
    "mark": _check_in,
    "withdraw": _cancel_check_in,
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
        BallotBatch.objects.select_related(
            "polling_place", "area", "entered_by", "second_by", "round__authority"
        ),
        pk=batch_id,
        round=round,
    )
    ballot_styles = ruleset.read(poll.rules).ballot_styles_for(row.area.path if row.area else "")
    posted = request.POST.get("action", "")
    recount = RecountForm(request.POST if posted in ("recount", "withdraw") else None, prefix="recount")
    mine = _mine(row, poll, request.user)
    differing = paper_selectors.differing(row) if row.state == BallotBatch.State.DIFFERS else []
    data_entry = TranscriptionForm(
        request.POST if posted == "key" else None,
        ballot_styles=ballot_styles,
        initial=_initial(request, row, ballot_styles, mine, differing),
    )
    refusal = None
    if request.method == "POST":
        act = _BATCH_ACTS.get(posted)
        if act is None:
            raise Http404
        form = {"key": data_entry, "recount": recount, "withdraw": recount}.get(posted)
        try:
            if form is None or form.is_valid():
                act(request, row, form)
                # After a paper the next one, without the way down the page again.
                address = reverse("voting:ballot_batch", args=[request.authority.slug, round.slug, batch_id])
                return redirect(f"{address}#key" if posted == "key" else address)
        except Refused as error:
            refusal = error
            if form is not None:
                form.add_error(None, error)
    is_refused = refusal is not None or data_entry.errors or recount.errors
    context = desk_context(
        round,
        batch=row,
        ballot_styles=ballot_styles,
        form=data_entry if posted == "key" else recount,
        transcription_form=data_entry,
        recount_form=recount,
        refusal=refusal if posted == "finish" else None,
        differing=differing,
        turn=_turn(request.user, row),
        mine=[
            (
                sequence,
                _typed(ballot_styles, content),
                TranscribedBallot.Invalid(content.invalid).label if content.invalid else "",
            )
            for sequence, content in sorted(mine.items())
        ],
        n_left=row.declared - len(mine),
        clerks_rules=printing.clerks_rules(ballot_styles, ballot_mark_of(request.authority)),
    )
    return render(request, "voting/desk_ballot_batch.html", context, status=422 if is_refused else 200)


def _mine(row: BallotBatch, poll: Poll, clerk: Account) -> dict[int, transcription.Content]:
    """This clerk's entries of the batch, by place. Nobody sees the other clerk's."""
    rows = TranscribedBallot.objects.filter(batch=row, transcribed_by=clerk).values_list("sequence", "sealed")
    key = poll.key
    return {sequence: transcription.revealed(key, sealed) for sequence, sealed in rows}


def _turn(clerk: Account, row: BallotBatch) -> str:
    """Say what this clerk may do with the batch: key, wait (for the other keying), again, or nothing."""
    me = clerk.pk
    if row.state == BallotBatch.State.DECLARED:
        return "key" if row.entered_by_id in (None, me) else ""
    if row.state == BallotBatch.State.ENTERED_ONCE:
        if row.entered_by_id == me:
            return "wait"
        return "key" if row.second_by_id in (None, me) else ""
    if row.state == BallotBatch.State.DIFFERS:
        return "again" if me in (row.entered_by_id, row.second_by_id) else ""
    return ""


def _initial(
    request: SignedInRoundRequest,
    row: BallotBatch,
    ballot_styles: tuple[ruleset.FrozenBallotStyle, ...],
    mine: dict[int, transcription.Content],
    differing: list[int],
) -> dict[str, object]:
    """Begin with the paper asked for, as this clerk keyed it; else with the next one to key, empty."""
    asked = request.GET.get("paper", "")
    if asked.isdecimal() and int(asked) in mine and row.state == BallotBatch.State.DECLARED:
        content = mine[int(asked)]
        values: dict[str, object] = {
            "sequence": int(asked),
            "invalid": content.invalid,
            "is_blank": not any(content.choices.values()) and not content.invalid,
        }
        for ballot_style in ballot_styles:
            entries = content.choices.get(ballot_style.number, ())
            values[f"paper-{ballot_style.number}"] = transcription.show_typed(ballot_style, entries)
        return values
    if asked.isdecimal() and 1 <= int(asked) <= row.declared:
        return {"sequence": int(asked)}
    left = differing or [number for number in range(1, row.declared + 1) if number not in mine]
    return {"sequence": left[0]} if left else {}


def _typed(ballot_styles: tuple[ruleset.FrozenBallotStyle, ...], content: transcription.Content) -> str:
    typed = [
        transcription.show_typed(ballot_style, content.choices.get(ballot_style.number, ()))
        for ballot_style in ballot_styles
    ]
    return " · ".join(text or "–" for text in typed)


def _key(request: SignedInRoundRequest, row: BallotBatch, form: TranscriptionForm) -> None:
    asked = form.cleaned_data
    paper_services.transcribe_ballot(
        row,
        asked["sequence"],
        asked["choices"],
        invalid=asked["invalid"],
        note=asked["note"],
        actor=request.user,
    )


def _finish(request: SignedInRoundRequest, row: BallotBatch, form: None) -> None:
    batch = paper_services.finish_data_entry(row, actor=request.user)
    if batch.state == BallotBatch.State.AGREED:
        messages.success(request, _("Both entries match. The batch is finished."))
    elif batch.state == BallotBatch.State.ENTERED_ONCE:
        messages.success(request, _("The first entry is finished. Hand the batch to another clerk."))


def _recount(request: SignedInRoundRequest, row: BallotBatch, form: RecountForm) -> None:
    declared = form.cleaned_data["declared"] or row.declared
    paper_services.recount_batch(
        row, declared=declared, reason=form.cleaned_data["reason"], actor=request.user
    )
    messages.success(request, _("The number of ballots is corrected."))


def _withdraw_batch(request: SignedInRoundRequest, row: BallotBatch, form: RecountForm) -> None:
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
    return _pdf(request, ruleset.read(_frozen(request.round).rules), is_draft=False)


@vote_desk_page(Permission.DRAW_UP_BALLOT_STYLES)
def proof(request: SignedInRoundRequest) -> HttpResponse:
    """Give the same to the officer who draws the papers up; a draft until they are frozen."""
    try:
        rules = polls_services.rules_as_they_stand(request.round)
    except Refused as refusal:
        raise Http404 from refusal
    return _pdf(request, rules, is_draft=not request.round.poll.is_frozen)


def _pdf(request: SignedInRoundRequest, rules: ruleset.FrozenRules, *, is_draft: bool) -> HttpResponse:
    round = request.round
    form = SheetForm({"language": round.authority.language, **request.GET.dict()}, rules=rules)
    if not form.is_valid():
        raise Http404
    language = form.cleaned_data["language"]
    made = printing.ballot_styles(
        round,
        rules,
        form.ballot_styles,
        residency=form.cleaned_data["residency"],
        language=language,
        is_draft=is_draft,
    )
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{round.file_stem}-ballot-{language}.pdf"'
    return response
