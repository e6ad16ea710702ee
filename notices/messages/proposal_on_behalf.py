"""Notice that a service desk submitted a proposal for a person, who may not have been there."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.actions import Action
from audit.models import Event
from identity.models import Account
from notices.messages.about_proposal import ProposalKind, page_of
from notices.messages.kind import Message, absolute, sender
from proposals.models import Proposal


class ProposalOnBehalf(ProposalKind):
    code = "proposal_written_down"
    label = _("A proposal was submitted on your behalf")
    topics = frozenset({Action.TEXT_SUBMITTED_ON_BEHALF})
    happened = _("The service desk submitted your proposal %(code)s, “%(title)s”, on your behalf.")
    next = _(
        "If you were not at the service desk, tell them: somebody used your document "
        "or phone. You can withdraw the proposal on its page."
    )

    def recipients(self, event: Event) -> Iterable[Account]:
        """Return the author of a proposal; nobody for a comment submitted by a service desk."""
        return super().recipients(event) if event.subject_type == Proposal._meta.label_lower else []

    def write(self, event: Event) -> Message:
        proposal = Proposal.objects.select_related("round__authority", "merged_into").get(pk=event.subject_id)
        happened, next = self.sentences(proposal)
        return Message(
            title=self.title_of(proposal),
            happened=happened,
            next=next,
            url=absolute(page_of(proposal)),
            sender=sender(proposal.round.authority),
        )
