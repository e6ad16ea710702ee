"""Notices about a new state of a proposal; the words are in the state's row of `proposals.lifecycle`."""

from audit.models import Event
from authorities.selectors import reason_in_words, reason_texts
from notices.messages.about_proposal import ProposalKind, draft_of, page_of
from notices.messages.kind import Message, absolute, sender
from proposals.lifecycle import STATES, StateNotice, StateSpec
from proposals.models import StatusChange


class StateKind(ProposalKind):
    """Tells the author that their proposal came to `state`, with the reason if it says no."""

    def __init__(self, state: StateSpec, notice: StateNotice) -> None:
        self.state = state
        self.code = notice.kind
        self.label = notice.subject
        self.happened = notice.happened
        self.next = notice.next
        self.topics = frozenset({state.action})

    def write(self, event: Event) -> Message:
        status_changes = StatusChange.objects.select_related(
            "proposal__round__authority", "proposal__merged_into"
        )
        change = status_changes.get(pk=event.details["step"])
        proposal = change.proposal
        happened, next = self.sentences(proposal)
        return Message(
            title=self.title_of(proposal),
            happened=happened,
            rule=reason_in_words(reason_texts(proposal.round.authority.slug), change.reason),
            reason=change.explanation or change.finding_in_words,
            next=next,
            url=absolute(draft_of(proposal) if self.state.is_editable else page_of(proposal)),
            sender=sender(proposal.round.authority),
        )


KINDS = [StateKind(row, row.notice) for row in STATES.values() if row.notice is not None]
