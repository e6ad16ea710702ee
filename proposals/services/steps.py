"""Taking a step in a proposal's life: the state, its Step row and its event, always together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from audit.actions import Action
from audit.services import record, record_all
from identity.models import Account
from proposals import lifecycle
from proposals.exceptions import ExplanationTooShort, WrongGround, WrongState
from proposals.grounds import SHORTEST_EXPLANATION, Ground
from proposals.lifecycle import State
from proposals.models import Proposal, Step
from rounds.models import Authority, Department

ACTIONS: Mapping[State, Action] = {
    State.PENDING: Action.PROPOSAL_SUBMITTED,
    State.PUBLISHED: Action.PROPOSAL_PUBLISHED,
    State.SENT_BACK: Action.PROPOSAL_SENT_BACK,
    State.FEASIBLE: Action.PROPOSAL_FOUND_FEASIBLE,
    State.INELIGIBLE: Action.PROPOSAL_FOUND_INELIGIBLE,
    State.REFERRED: Action.PROPOSAL_REFERRED,
    State.MERGED: Action.PROPOSAL_MERGED,
    State.WITHDRAWN: Action.PROPOSAL_WITHDRAWN,
    State.ON_BALLOT: Action.PROPOSAL_PUT_ON_BALLOT,
    State.ADOPTED: Action.PROPOSAL_ADOPTED,
    State.NOT_ADOPTED: Action.PROPOSAL_NOT_ADOPTED,
}


def lock(proposal: Proposal) -> Proposal:
    """Return the proposal as it is now, locked until the transaction ends, with its round and authority."""
    return (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("round__authority")
        .get(pk=proposal.pk)
    )


def check_reason(ground: Ground | str, allowed: Iterable[Ground], explanation: str) -> str:
    """Return the explanation, trimmed. Raises WrongGround, ExplanationTooShort."""
    if ground not in set(allowed):
        raise WrongGround()
    explanation = explanation.strip()
    if len(explanation) < SHORTEST_EXPLANATION:
        raise ExplanationTooShort(least=SHORTEST_EXPLANATION)
    return explanation


def take_step(
    proposal: Proposal,
    to: State,
    *,
    now: datetime,
    body: Step.Body,
    actor: Account | None,
    department: Department | None = None,
    ground: str = "",
    explanation: str = "",
    changed: Sequence[str] = (),
) -> None:
    """Move a locked proposal to `to` and save the `changed` fields with it. Three statements.

    Raises WrongState.
    """
    lifecycle.require(proposal.state, to)
    before = proposal.state
    proposal.state = to
    proposal.ground = ground
    proposal.explanation = explanation
    proposal.save(update_fields=["state", "ground", "explanation", *changed])
    Step.objects.create(
        proposal=proposal,
        at=now,
        from_state=before,
        to_state=to,
        body=body,
        department=department,
        actor=actor,
        ground=ground,
        explanation=explanation,
    )
    details = {"ground": ground} if ground else {}
    round = proposal.round
    record(ACTIONS[to], proposal, actor=actor, authority=round.authority, round=round, **details)


def take_steps(
    proposals: Iterable[Proposal],
    to: State,
    *,
    now: datetime,
    body: Step.Body,
    actor: Account | None,
    authority: Authority,
    ground: str = "",
    explanations: Mapping[int, str] | None = None,
) -> None:
    """Move many proposals of one authority to `to`, all or none, in a constant number of queries.

    `explanations` is by proposal id. Raises WrongState if one of them may not take the step.
    """
    explanations = explanations or {}
    wanted = {proposal.pk for proposal in proposals}
    # In order of id, so that two callers wait for each other instead of for ever.
    rows = list(Proposal.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    if len(rows) != len(wanted):
        raise WrongState()
    steps = []
    for row in rows:
        lifecycle.require(row.state, to)
        steps.append(
            Step(
                proposal=row,
                at=now,
                from_state=row.state,
                to_state=to,
                body=body,
                actor=actor,
                ground=ground,
                explanation=explanations.get(row.pk, ""),
            )
        )
        row.state = to
        row.ground = ground
        row.explanation = explanations.get(row.pk, "")
    Proposal.objects.bulk_update(rows, ["state", "ground", "explanation"], batch_size=1000)
    Step.objects.bulk_create(steps, batch_size=1000)
    details = {"ground": ground} if ground else {}
    record_all(ACTIONS[to], ((row, details) for row in rows), actor=actor, authority=authority)
