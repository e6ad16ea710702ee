"""Officials' page for setting up, changing and freezing ballots."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.exceptions import Refused
from core.i18n import localize
from core.web.forms import form_page
from identity.pages import DeskEntry, SignedInRoundRequest
from identity.roles import Permission
from places.models import Area
from proposals.lifecycle import State as ProposalState
from proposals.models import Proposal
from rounds.models import Round
from voting.ballots import services as ballots_services
from voting.polls import services as polls_services
from voting.polls.models import BallotStyle, Poll, RuleSet
from voting.polls.selectors import poll_of, standing
from voting.polls.services import BallotStylePlan
from voting.polls.web.forms.ballot_styles import BallotStyleForm
from voting.polls.web.officials import desk_context, vote_desk_page


@vote_desk_page(
    Permission.DRAW_UP_BALLOT_STYLES,
    methods=["GET", "POST"],
    entry=DeskEntry(
        title=pgettext_lazy("set up by officials", "Ballot"),
        says=gettext_lazy("Feasible proposals become projects with their costs."),
        order=10,
    ),
)
def ballot_styles(request: SignedInRoundRequest) -> HttpResponse:
    """Draw up the ballot paper, change how it is filled in, and freeze it with the rules."""
    round = request.round
    ballot_styles = list(round.ballot_styles.prefetch_related("projects__category").select_related("area"))
    poll = poll_of(round)
    waiting = list(
        Proposal.objects.filter(round=round, state=ProposalState.FEASIBLE)
        .select_related("category", "area")
        .order_by("code")
    )
    form = _ballot_style_form(request, round, ballot_styles, [] if ballot_styles else waiting)
    if request.method == "POST":
        act = _BALLOT_STYLE_ACTS.get(request.POST.get("action", ""))
        if act is None:
            raise Http404
        try:
            if act(request, round, form):
                return redirect(_back_to(round, form))
        except Refused as refusal:
            form.is_valid()
            form.add_error(None, refusal)
    context = desk_context(
        round,
        form=form,
        ballot_styles=ballot_styles,
        tabs=_ballot_style_tabs(form, ballot_styles),
        poll=poll,
        waiting=[] if ballot_styles else waiting,
        standing=standing(round, timezone.now())[0],
        rules_hash=bytes(poll.rules_hash).hex() if poll and poll.rules_hash else "",
    )
    return form_page(request, "voting/desk_ballot_styles.html", context)


def _back_to(round: Round, form: BallotStyleForm) -> str:
    url = reverse("voting:desk_ballot_styles", args=[round.authority.slug, round.slug])
    return f"{url}?paper={form.instance.number}" if form.instance.pk else url


def _ballot_style_form(
    request: SignedInRoundRequest, round: Round, ballot_styles: list[BallotStyle], waiting: list[Proposal]
) -> BallotStyleForm:
    """Return the form of the paper asked for by its number, the first one otherwise; or of new papers."""
    asked = request.POST.get("paper", request.GET.get("paper", ""))
    ballot_style = next(
        (ballot_style for ballot_style in ballot_styles if str(ballot_style.number) == asked),
        ballot_styles[0] if ballot_styles else None,
    )
    rows = list(ballot_style.projects.all()) if ballot_style else waiting
    poll = poll_of(round)
    rule_set: RuleSet | None = getattr(round, "rule_set", None)
    form = BallotStyleForm(
        request.POST if request.POST.get("action") in ("draw_up", "change") else None,
        instance=ballot_style or BallotStyle(max_choices=10),
        categories=sorted({row.category for row in rows if row.category}, key=lambda row: row.position),
        areas=sorted({row.area for row in waiting if row.area}, key=lambda area: area.code),
        budget_left=round.budget_minor
        - (
            sum(other.budget_minor for other in ballot_styles if other != ballot_style)
            if len(ballot_styles) > 1
            else 0
        ),
        currency=round.currency,
        initial={
            "receipt_mode": poll.receipt_mode if poll else Poll.ReceiptMode.OPEN,
            "without_account": rule_set.without_account if rule_set else False,
        },
    )
    if ballot_styles:
        del form.fields["receipt_mode"]
        del form.fields["without_account"]
    return form


def _ballot_style_tabs(form: BallotStyleForm, ballot_styles: list[BallotStyle]) -> list[dict[str, object]]:
    if len(ballot_styles) < 2:
        return []
    return [
        {
            "name": localize(ballot_style.title),
            "url": f"?paper={ballot_style.number}",
            "current": ballot_style.pk == form.instance.pk,
        }
        for ballot_style in ballot_styles
    ]


def _draw_up(request: SignedInRoundRequest, round: Round, form: BallotStyleForm) -> bool:
    if not form.is_valid():
        return False
    fields = dict(form.cleaned_data)
    mode = Poll.ReceiptMode(fields.pop("receipt_mode"))
    without_account = fields.pop("without_account")
    areas = Area.objects.filter(pk__in=fields.pop("areas", [])).order_by("code")
    of_area = fields.pop("area_budget_minor", None)
    # A spending limit of everybody's paper says nothing about the smaller ones: theirs is their budget.
    area_fields = fields | {"budget_minor": of_area}
    if fields.get("ballot_budget_minor"):
        area_fields["ballot_budget_minor"] = min(fields["ballot_budget_minor"], of_area or 0)
    plans = [BallotStylePlan(area=area, fields=area_fields) for area in areas]
    left = Proposal.objects.filter(round=round, state=ProposalState.FEASIBLE)
    for area in areas:
        left = left.exclude(area__path__startswith=area.path)
    if left.exists():
        plans.insert(0, BallotStylePlan(fields=fields))
    polls_services.draw_up_ballot_styles(
        round,
        actor=request.user,
        receipt_mode=mode,
        without_account=without_account,
        plans=plans,
    )
    messages.success(request, _("The ballot is set up. Read it through, then freeze it."))
    return True


def _change(request: SignedInRoundRequest, round: Round, form: BallotStyleForm) -> bool:
    if not form.is_valid():
        return False
    polls_services.change_ballot_style(form.instance, actor=request.user, **form.cleaned_data)
    messages.success(request, _("The ballot is changed."))
    return True


def _freeze(request: SignedInRoundRequest, round: Round, form: BallotStyleForm) -> bool:
    ballots_services.freeze_rules(round, actor=request.user)
    messages.success(request, _("The rules and the ballot are frozen and published."))
    return True


_BALLOT_STYLE_ACTS: dict[str, Callable[[SignedInRoundRequest, Round, BallotStyleForm], bool]] = {
    "draw_up": _draw_up,
    "change": _change,
    "freeze": _freeze,
}
