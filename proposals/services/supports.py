"""Signs that a proposal is worth reviewing. Not votes: they decide nothing."""

from django.db import transaction
from django.db.models import F

from audit.actions import Action
from audit.services import record
from identity.models import Account
from identity.verification.selectors import require_eligible
from proposals.exceptions import SupportClosed
from proposals.models import Proposal, Support
from proposals.services.status_changes import lock
from rounds.models import Act, Phase
from rounds.services import require_open


@transaction.atomic
def give_support(proposal: Proposal, *, actor: Account) -> None:
    """Count the account among the supporters; twice is once.

    Raises PhaseNotOpen, SupportClosed, and what `require_eligible` raises.
    """
    now = require_open(proposal.round, Phase.Kind.SUBMISSION, Phase.Kind.REVIEW)
    proposal = _lock_open(proposal)
    person = require_eligible(proposal.round, actor, Act.SUPPORT, now=now)
    _, created = Support.objects.get_or_create(
        proposal=proposal,
        account=actor,
        defaults={"residency": person.residency, "given_at": now},
    )
    if created:
        Proposal.objects.filter(pk=proposal.pk).update(n_supporters=F("n_supporters") + 1)
        record(Action.PROPOSAL_SUPPORTED, proposal, actor=actor, authority=proposal.round.authority)


@transaction.atomic
def take_back_support(proposal: Proposal, *, actor: Account) -> None:
    """No longer count the account among the supporters. Raises PhaseNotOpen, SupportClosed."""
    require_open(proposal.round, Phase.Kind.SUBMISSION, Phase.Kind.REVIEW)
    proposal = _lock_open(proposal)
    deleted, _ = Support.objects.filter(proposal=proposal, account=actor).delete()
    if deleted:
        Proposal.objects.filter(pk=proposal.pk).update(n_supporters=F("n_supporters") - 1)
        record(Action.PROPOSAL_UNSUPPORTED, proposal, actor=actor, authority=proposal.round.authority)


def _lock_open(proposal: Proposal) -> Proposal:
    # The proposal's row keeps the count and the rows of supporters together.
    proposal = lock(proposal)
    if not proposal.standing.takes_support:
        raise SupportClosed()
    return proposal
