"""From the ballot paper to the decision. Each verb also comes for hundreds at once, in constant queries."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from authorities.reasons import Serves
from authorities.selectors import purposes_of
from identity.models import Account
from proposals.exceptions import WrongReason
from proposals.findings import Finding
from proposals.lifecycle import State
from proposals.models import Proposal, StatusChange
from proposals.services.status_changes import change_statuses
from rounds.models import Phase, Round
from rounds.services import lock_calendar_and_read_clock

# The body that declines a project on the ballot, by the purpose of its reason.
_DECLINING = {Serves.VOTE: StatusChange.Body.RESIDENTS, Serves.COUNCIL: StatusChange.Body.COUNCIL}


@transaction.atomic
def put_on_ballot(proposals: Collection[Proposal], *, actor: Account | None) -> None:
    """Put feasible proposals of one round on its ballot, all or none. Raises WrongState."""
    _move(proposals, State.ON_BALLOT, body=StatusChange.Body.ADMINISTRATION, actor=actor)


def adopt(proposal: Proposal, *, actor: Account | None) -> None:
    """Take a project into the budget. Raises WrongState."""
    adopt_all([proposal], actor=actor)


@transaction.atomic
def adopt_all(proposals: Collection[Proposal], *, actor: Account | None) -> None:
    """Take projects of one round into the budget, all or none. Raises WrongState."""
    _move(proposals, State.ADOPTED, body=StatusChange.Body.COUNCIL, actor=actor)


def decline(proposal: Proposal, *, actor: Account | None, reason: str, explanation: str = "") -> None:
    """Leave a project out of the budget, with its reason. Raises WrongState, WrongReason."""
    decline_all([proposal], actor=actor, reason=reason, explanations={proposal.pk: explanation})


@transaction.atomic
def decline_all(
    proposals: Collection[Proposal],
    *,
    actor: Account | None,
    reason: str,
    explanations: Mapping[int, str] | None = None,
    found: Mapping[int, Finding] | None = None,
) -> None:
    """Leave projects of one round out of the budget, all or none.

    `explanations` (in an official's words) and `found` (findings of the count) are by proposal id.

    Raises WrongState, WrongReason.
    """
    if not proposals:
        return
    purposes = purposes_of(next(iter(proposals)).round.authority_id, reason)
    body = next((body for purpose, body in _DECLINING.items() if purpose in purposes), None)
    if body is None:
        raise WrongReason()
    _move(
        proposals,
        State.NOT_ADOPTED,
        body=body,
        actor=actor,
        reason=reason,
        explanations=explanations,
        found=found,
    )


def _when(round: Round, to: State, now: datetime) -> datetime:
    """The date of a status change. In an imported round it happened elsewhere, as its calendar says."""
    if not round.is_imported:
        return now
    phases = {phase.kind: phase for phase in round.phases.all()}
    if to == State.ON_BALLOT and Phase.Kind.VOTING in phases:
        return min(phases[Phase.Kind.VOTING].opens_at, now)
    if Phase.Kind.DECISION in phases:
        return min(phases[Phase.Kind.DECISION].last_moment, now)
    return now


def _move(
    proposals: Collection[Proposal],
    to: State,
    *,
    body: StatusChange.Body,
    actor: Account | None,
    reason: str = "",
    explanations: Mapping[int, str] | None = None,
    found: Mapping[int, Finding] | None = None,
) -> None:
    if not proposals:
        return
    round = next(iter(proposals)).round
    assert all(proposal.round_id == round.pk for proposal in proposals)
    change_statuses(
        proposals,
        to,
        now=_when(round, to, lock_calendar_and_read_clock(round)),
        body=body,
        actor=actor,
        authority=round.authority,
        reason=reason,
        explanations=explanations,
        found=found,
    )
