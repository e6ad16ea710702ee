"""Taking a step in a proposal's life: the state, its Step row and its event, always together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from audit.services import record, record_all
from authorities.models import Authority, Department
from authorities.reasons import Serves
from authorities.selectors import purposes_of, settings_of
from identity.models import Account
from proposals import lifecycle
from proposals.exceptions import ExplanationTooShort, WrongReason, WrongState
from proposals.findings import Finding
from proposals.models import Proposal, StatusChange


def lock(proposal: Proposal) -> Proposal:
    """Return the proposal as it is now, locked until the transaction ends, with its round and authority."""
    return (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("round__authority")
        .get(pk=proposal.pk)
    )


def check_reason(authority_id: int, reason: str, purpose: Serves, explanation: str) -> str:
    """Return the explanation, trimmed. Raises WrongReason, ExplanationTooShort. Two queries."""
    if purpose not in purposes_of(authority_id, reason):
        raise WrongReason()
    explanation = explanation.strip()
    least = settings_of(authority_id).shortest_explanation
    if len(explanation) < least:
        raise ExplanationTooShort(least=least)
    return explanation


def change_status(
    proposal: Proposal,
    to: str,
    *,
    now: datetime,
    body: StatusChange.Body,
    actor: Account | None,
    department: Department | None = None,
    reason: str = "",
    explanation: str = "",
    changed: Sequence[str] = (),
) -> None:
    """Move a locked proposal to `to` and save the `changed` fields with it. Three statements.

    The column that `to` stamps is set as well. Raises WrongState.
    """
    lifecycle.require(proposal.state, to)
    before = proposal.state
    _place(proposal, to, now, reason, explanation)
    proposal.save(update_fields=[*_columns_of(to), *changed])
    change = StatusChange.objects.create(
        proposal=proposal,
        at=now,
        from_state=before,
        to_state=to,
        body=body,
        department=department,
        actor=actor,
        reason=reason,
        explanation=explanation,
    )
    record(
        lifecycle.STATES[to].action,
        proposal,
        actor=actor,
        authority=proposal.round.authority,
        round=proposal.round,
        **_details(change),
    )


def _place(
    proposal: Proposal, to: str, now: datetime, reason: str, explanation: str, finding: Finding | None = None
) -> None:
    """Put a proposal into a state, unsaved."""
    proposal.state = to
    proposal.reason = reason
    proposal.explanation = explanation
    proposal.finding = dict(finding or {})
    stamp = lifecycle.STATES[to].stamps
    if stamp is not None:
        setattr(proposal, stamp, now)


def _columns_of(to: str) -> list[str]:
    """Return the columns of a proposal that coming to a state changes."""
    stamp = lifecycle.STATES[to].stamps
    return ["state", "reason", "explanation", "finding"] + ([] if stamp is None else [stamp])


def change_statuses(
    proposals: Iterable[Proposal],
    to: str,
    *,
    now: datetime,
    body: StatusChange.Body,
    actor: Account | None,
    authority: Authority,
    reason: str = "",
    explanations: Mapping[int, str] | None = None,
    found: Mapping[int, Finding] | None = None,
) -> None:
    """Move many proposals of one authority to `to`, all or none, in a constant number of queries.

    `explanations` and `found` (findings) are by proposal id. Raises WrongState if one of them may not move.
    """
    explanations, found = explanations or {}, found or {}
    wanted = {proposal.pk for proposal in proposals}
    # In order of id, so that two callers wait for each other instead of forever.
    rows = list(Proposal.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    if len(rows) != len(wanted):
        raise WrongState()
    status_changes = []
    for row in rows:
        lifecycle.require(row.state, to)
        status_changes.append(
            StatusChange(
                proposal=row,
                at=now,
                from_state=row.state,
                to_state=to,
                body=body,
                actor=actor,
                reason=reason,
                explanation=explanations.get(row.pk, ""),
                finding=dict(found.get(row.pk, {})),
            )
        )
        _place(row, to, now, reason, explanations.get(row.pk, ""), found.get(row.pk, {}))
    Proposal.objects.bulk_update(rows, _columns_of(to), batch_size=1000)
    StatusChange.objects.bulk_create(status_changes, batch_size=1000)
    record_all(
        lifecycle.STATES[to].action,
        ((row, _details(change)) for row, change in zip(rows, status_changes, strict=True)),
        actor=actor,
        authority=authority,
    )


def _details(change: StatusChange) -> dict[str, int | str]:
    """Return the details of the audit event: the status change and, if it says no, the reason code."""
    return {"step": change.pk, "ground": change.reason} if change.reason else {"step": change.pk}
