"""A proposal came to another state: the one table of the states whose author is written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from audit.models import Event
from notices.messages.about_proposal import ProposalKind, draft_of, page_of
from notices.messages.kind import Message, absolute, sender
from proposals.lifecycle import EDITABLE, State
from proposals.models import Step
from proposals.services.steps import ACTIONS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class StateKind(ProposalKind):
    """Tells the author that their proposal came to `state`, with the reason if it says no."""

    def __init__(
        self, state: State, code: str, label: StrOrPromise, happened: StrOrPromise, next: StrOrPromise
    ) -> None:
        self.state = state
        self.code = code
        self.label = label
        self.happened = happened
        self.next = next
        self.topics = frozenset({ACTIONS[state]})

    def write(self, event: Event) -> Message:
        steps = Step.objects.select_related("proposal__round__authority", "proposal__merged_into")
        step = steps.get(pk=event.details["step"])
        proposal = step.proposal
        happened, next = self.sentences(proposal)
        return Message(
            title=self.title_of(proposal),
            happened=happened,
            rule=step.get_ground_display(),
            reason=step.explanation,
            next=next,
            url=absolute(draft_of(proposal) if self.state in EDITABLE else page_of(proposal)),
            sender=sender(proposal.round.authority),
        )


STATES = (
    StateKind(
        State.PUBLISHED,
        "proposal_published",
        _("Your proposal is public"),
        _("Your proposal %(code)s, “%(title)s”, was screened and is now public."),
        _(
            "The department that is responsible now examines it. Others can comment on it and support"
            " it. You do not have to do anything: we write to you when the review is done."
        ),
    ),
    StateKind(
        State.SENT_BACK,
        "proposal_sent_back",
        _("Your proposal needs a change"),
        _("Your proposal %(code)s, “%(title)s”, was sent back to you and is not public."),
        _(
            "Change what the explanation asks for and submit it again. It keeps its number, and"
            " nothing you wrote is lost."
        ),
    ),
    StateKind(
        State.FEASIBLE,
        "proposal_feasible",
        _("Your proposal was found feasible"),
        _("The department found that your proposal %(code)s, “%(title)s”, can be done."),
        _("It is in the running for the ballot paper. Its page shows the cost the review found."),
    ),
    StateKind(
        State.INELIGIBLE,
        "proposal_ineligible",
        _("Your proposal cannot go to the vote"),
        _("The department found that your proposal %(code)s, “%(title)s”, cannot go to the vote."),
        _("Its page shows the review in full. You can propose something else in the next round."),
    ),
    StateKind(
        State.REFERRED,
        "proposal_referred",
        _("Your proposal was referred"),
        _(
            "Another body is responsible for your proposal %(code)s, “%(title)s”: it was referred to"
            " %(body)s."
        ),
        _("Its page shows what was passed on and when."),
    ),
    StateKind(
        State.MERGED,
        "proposal_merged",
        _("Your proposal was merged"),
        _("Your proposal %(code)s, “%(title)s”, was merged into %(other)s, “%(other_title)s”."),
        _("The other proposal carries your idea on. Follow it from your proposal's page."),
    ),
    StateKind(
        State.ADOPTED,
        "proposal_adopted",
        _("Your proposal was adopted"),
        _("Your proposal %(code)s, “%(title)s”, was adopted into the budget."),
        _("Its page will show how the work comes along."),
    ),
    StateKind(
        State.NOT_ADOPTED,
        "proposal_not_adopted",
        _("Your proposal was not adopted"),
        _("Your proposal %(code)s, “%(title)s”, was not adopted."),
        _("Its page shows the reason. The report of the round shows every result."),
    ),
)
