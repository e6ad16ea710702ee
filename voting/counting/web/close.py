"""Officials' page of the close: its progress and the approval of its steps."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.exceptions import Refused
from identity.models import Account
from identity.pages import DeskEntry, SignedInRoundRequest
from identity.roles import Permission
from rounds.models import Round
from voting.ballots.models import BallotBox, CastEvent
from voting.counting import services
from voting.counting.models import Tally
from voting.paper.selectors import unsettled_polling_places
from voting.polls.models import Approval, Poll
from voting.polls.selectors import Standing, standing
from voting.polls.web.officials import desk_context, vote_desk_page, vote_in


@vote_desk_page(
    Permission.CLOSE_VOTE,
    methods=["GET", "POST"],
    entry=DeskEntry(
        title=gettext_lazy("Close and count"),
        says=gettext_lazy("Close the vote, count it and certify the count."),
        order=30,
        stands=vote_in(*(state for state in Poll.State if state != Poll.State.DRAFTED)),
    ),
)
def close(request: SignedInRoundRequest) -> HttpResponse:
    """Show how far the close has come; on POST ask for the next step or approve it."""
    round = request.round
    refusal = None
    if request.method == "POST":
        stage = request.POST.get("step", "")
        if stage not in Approval.Stage.values:
            raise Http404
        try:
            done = services.approve(round, Approval.Stage(stage), actor=request.user)
        except Refused as error:
            refusal = error
        else:
            words = _("Done.") if done else _("Your request is recorded. Another official must approve it.")
            messages.success(request, words)
            return redirect("voting:desk_close", request.authority.slug, round.slug)
    poll: Poll | None = Poll.objects.filter(round=round).first()
    context = desk_context(
        round,
        poll=poll,
        refusal=refusal,
        is_over=standing(round, timezone.now())[0] is Standing.CLOSED,
        tallies=Tally.objects.filter(ballot_style__round=round, is_decisive=True).select_related(
            "ballot_style"
        ),
        n_ballots=BallotBox.objects.filter(round_id=round.pk).count(),
        n_entries=CastEvent.objects.filter(round=round).count(),
        unsettled=unsettled_polling_places(round),
        stages=_stages(poll) if poll else [],
        next=_next(round, poll, request.user) if poll else None,
    )
    return render(request, "voting/desk_close.html", context, status=422 if refusal else 200)


def _stages(poll: Poll) -> list[dict[str, object]]:
    """Every state after freezing, with the current one marked."""
    states: list[Poll.State] = list(Poll.State)[1:]
    reached = states.index(Poll.State(poll.state)) if poll.is_frozen else -1
    return [
        {
            "name": state.label,
            "state": "past" if place < reached else "current" if place == reached else "future",
            "note": "",
        }
        for place, state in enumerate(states)
    ]


_NEXT = {
    Poll.State.COUNTED: Approval.Stage.CERTIFY,
    Poll.State.CERTIFIED: Approval.Stage.PUBLISH,
    Poll.State.PUBLISHED: Approval.Stage.DESTROY_KEY,
}


def _next(round: Round, poll: Poll, reader: Account) -> dict[str, object] | None:
    """Return the step two officials take next, who has asked for it, and whether this reader may act."""
    stage = _NEXT.get(Poll.State(poll.state))
    if stage is None:
        return None
    approval = round.approvals.filter(stage=stage).select_related("requested_by").first()
    return {
        "step": stage.value,
        "label": stage.label,
        "asked_by": approval.requested_by if approval else None,
        "asked_at": approval.requested_at if approval else None,
        "may_act": approval is None or not approval.is_asked_by(reader),
        "is_first": approval is None,
    }
