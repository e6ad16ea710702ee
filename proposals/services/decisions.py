"""From the ballot paper to the decision. Each verb also comes for hundreds at once, in constant queries."""

from collections.abc import Collection, Mapping

from django.db import transaction

from identity.models import Account
from proposals.exceptions import WrongGround
from proposals.grounds import Ground
from proposals.lifecycle import State
from proposals.models import Proposal, Step
from proposals.services.steps import take_steps
from rounds.services import hold

# Why a project on the ballot was not adopted: residents preferred others, or the council decided.
DECLINING = {
    Ground.BELOW_BUDGET_CUTOFF: Step.Body.RESIDENTS,
    Ground.COUNCIL_DECISION: Step.Body.COUNCIL,
}


@transaction.atomic
def put_on_ballot(proposals: Collection[Proposal], *, actor: Account | None) -> None:
    """Put feasible proposals of one round on its ballot, all or none. Raises WrongState."""
    _move(proposals, State.ON_BALLOT, body=Step.Body.ADMINISTRATION, actor=actor)


def adopt(proposal: Proposal, *, actor: Account | None) -> None:
    """Take a project into the budget. Raises WrongState."""
    adopt_all([proposal], actor=actor)


@transaction.atomic
def adopt_all(proposals: Collection[Proposal], *, actor: Account | None) -> None:
    """Take projects of one round into the budget, all or none. Raises WrongState."""
    _move(proposals, State.ADOPTED, body=Step.Body.COUNCIL, actor=actor)


def decline(
    proposal: Proposal, *, actor: Account | None, ground: Ground | str, explanation: str = ""
) -> None:
    """Leave a project out of the budget, with its reason. Raises WrongState, WrongGround."""
    decline_all([proposal], actor=actor, ground=ground, explanations={proposal.pk: explanation})


@transaction.atomic
def decline_all(
    proposals: Collection[Proposal],
    *,
    actor: Account | None,
    ground: Ground | str,
    explanations: Mapping[int, str] | None = None,
) -> None:
    """Leave projects of one round out of the budget, all or none; `explanations` are by proposal id.

    Raises WrongState, WrongGround.
    """
    if ground not in DECLINING:
        raise WrongGround()
    _move(
        proposals,
        State.NOT_ADOPTED,
        body=DECLINING[Ground(ground)],
        actor=actor,
        ground=ground,
        explanations=explanations,
    )


def _move(
    proposals: Collection[Proposal],
    to: State,
    *,
    body: Step.Body,
    actor: Account | None,
    ground: str = "",
    explanations: Mapping[int, str] | None = None,
) -> None:
    if not proposals:
        return
    round = next(iter(proposals)).round
    assert all(proposal.round_id == round.pk for proposal in proposals)
    now = hold(round)
    take_steps(
        proposals,
        to,
        now=now,
        body=body,
        actor=actor,
        authority=round.authority,
        ground=ground,
        explanations=explanations,
    )
