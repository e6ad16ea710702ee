"""Loading a round that was held elsewhere, from its published record."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from audit.actions import Action
from audit.services import record
from authorities.models import Category
from authorities.selectors import reason_texts
from authorities.tracks import StandardTrack
from identity.models import Account
from places.models import Area
from proposals.exceptions import NotOfThisRound
from proposals.lifecycle import State
from proposals.models import Channel, Proposal, Revision, StatusChange
from proposals.services.texts import as_submitted
from rounds.models import Round
from rounds.services import lock_calendar_and_read_clock

# The status changes that led to a state, after the submission.
_PATHS: Mapping[State, tuple[tuple[State, StatusChange.Body], ...]] = {
    State.PENDING: (),
    State.PUBLISHED: ((State.PUBLISHED, StatusChange.Body.MODERATION),),
    **{
        state: ((State.PUBLISHED, StatusChange.Body.MODERATION), (state, StatusChange.Body.DEPARTMENT))
        for state in (State.FEASIBLE, State.INELIGIBLE, State.REFERRED, State.MERGED)
    },
    State.WITHDRAWN: (
        (State.PUBLISHED, StatusChange.Body.MODERATION),
        (State.WITHDRAWN, StatusChange.Body.AUTHOR),
    ),
}


@dataclass(frozen=True, slots=True)
class RecordedProposal:
    """A proposal from a record, up to its status before the vote. Costs in minor units."""

    code: str
    submitted_at: datetime
    title: str
    language: str
    category: Category
    requested_cost_minor: int
    # PENDING, PUBLISHED, FEASIBLE, INELIGIBLE, REFERRED, MERGED or WITHDRAWN.
    state: State
    area: Area | None = None
    body: str = ""
    # {"en": {"title": …, "body": …}}
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    track: str = StandardTrack.GENERAL
    channel: Channel | str = Channel.WEB
    residency: str = ""
    age_group: str = ""
    is_foreign_resident: bool | None = None
    n_supporters: int = 0
    # Required if the state says no.
    reason: str = ""
    explanation: str = ""
    # Needed for FEASIBLE.
    reviewed_cost_minor: int | None = None
    # Needed for REFERRED.
    referred_to: str = ""
    # Needed for MERGED: the code of another proposal, in the same record or loaded before.
    merged_into: str = ""
    # If the record does not say, screening is dated at the submission and the conclusion after it.
    published_at: datetime | None = None
    concluded_at: datetime | None = None
    # Empty for nearly all: records come without their authors.
    author: Account | None = None


@transaction.atomic
def load_recorded(
    round: Round, records: Collection[RecordedProposal], *, actor: Account | None
) -> list[Proposal]:
    """Load proposals with their steps from a record, in its order, and return them.

    The round's numbering continues after the highest number loaded. What the tables refuse (a code
    twice, a no without a reason, a feasible one without a cost) loads nothing. One event for the whole
    record; the number of queries grows by one for each thousand rows.
    Raises NotOfThisRound for a category or a reason of another authority, a foreign area, an unknown
    `merged_into`, or a code that is not the round's prefix and a number.
    """
    lock_calendar_and_read_clock(round)
    reasons = reason_texts(round.authority.slug)
    if any(
        entry.category.authority_id != round.authority_id
        or (entry.area is not None and not entry.area.path.startswith(round.authority.area.path))
        or not _is_numbered(round, entry.code)
        or (entry.reason and entry.reason not in reasons)
        for entry in records
    ):
        raise NotOfThisRound()
    proposals = [_proposal(round, entry) for entry in records]
    merged = [proposal for proposal in proposals if proposal.state == State.MERGED]
    # A merged proposal names its row, which exists only once all are in: the others come first.
    first = [proposal for proposal in proposals if proposal.state != State.MERGED]
    Proposal.objects.bulk_create(first, batch_size=1000)
    _resolve_merged(round, merged, {entry.code: entry.merged_into for entry in records})
    status_changes = [
        change
        for entry, proposal in zip(records, proposals, strict=True)
        for change in _status_changes(entry, proposal)
    ]
    StatusChange.objects.bulk_create(status_changes, batch_size=1000)
    Revision.objects.bulk_create(map(as_submitted, proposals), batch_size=1000)
    _continue_numbering(round, proposals)
    record(Action.PROPOSALS_LOADED, round, actor=actor, authority=round.authority, proposals=len(proposals))
    return proposals


def _is_numbered(round: Round, code: str) -> bool:
    number = code.removeprefix(round.proposal_prefix)
    return number != code and number.isascii() and number.isdigit()


def _proposal(round: Round, entry: RecordedProposal) -> Proposal:
    published = entry.state != State.PENDING
    return Proposal(
        round=round,
        code=entry.code,
        author=entry.author,
        residency=entry.residency,
        age_group=entry.age_group,
        is_foreign_resident=entry.is_foreign_resident,
        channel=entry.channel,
        track=entry.track,
        category=entry.category,
        area=entry.area,
        language=entry.language,
        title=entry.title,
        body=entry.body,
        translations=dict(entry.translations),
        requested_cost_minor=entry.requested_cost_minor,
        state=entry.state,
        reason=entry.reason,
        explanation=entry.explanation,
        competence={State.FEASIBLE: "own", State.REFERRED: "other"}.get(entry.state, ""),
        reviewed_cost_minor=entry.reviewed_cost_minor,
        referred_to=entry.referred_to,
        n_supporters_recorded=entry.n_supporters,
        n_supporters=entry.n_supporters,
        submitted_at=entry.submitted_at,
        saved_at=entry.submitted_at,
        published_at=(entry.published_at or entry.submitted_at) if published else None,
    )


def _resolve_merged(round: Round, merged: list[Proposal], targets: Mapping[str, str]) -> None:
    """Insert merged proposals, each after the one it was merged into."""
    waiting = {proposal.code: proposal for proposal in merged}
    wanted = {targets[code] for code in waiting if code is not None}
    known = dict(Proposal.objects.filter(round=round, code__in=wanted).values_list("code", "pk"))
    while waiting:
        ready = [proposal for code, proposal in waiting.items() if code and targets[code] in known]
        if not ready:
            raise NotOfThisRound()
        for proposal in ready:
            assert proposal.code is not None
            proposal.merged_into_id = known[targets[proposal.code]]
        Proposal.objects.bulk_create(ready, batch_size=1000)
        for proposal in ready:
            known[proposal.code] = proposal.pk
            del waiting[proposal.code]


def _status_changes(entry: RecordedProposal, proposal: Proposal) -> Iterator[StatusChange]:
    published_at = entry.published_at or entry.submitted_at
    concluded_at = entry.concluded_at or published_at
    yield StatusChange(
        proposal=proposal,
        at=entry.submitted_at,
        from_state=State.DRAFT,
        to_state=State.PENDING,
        body=StatusChange.Body.AUTHOR,
    )
    before = State.PENDING
    for state, body in _PATHS[entry.state]:
        ends = state != State.PUBLISHED
        yield StatusChange(
            proposal=proposal,
            at=concluded_at if ends else published_at,
            from_state=before,
            to_state=state,
            body=body,
            department_id=entry.category.department_id if body == StatusChange.Body.DEPARTMENT else None,
            reason=entry.reason if ends else "",
            explanation=entry.explanation if ends else "",
        )
        before = state


def _continue_numbering(round: Round, proposals: Collection[Proposal]) -> None:
    numbers = [int((proposal.code or "").removeprefix(round.proposal_prefix)) for proposal in proposals]
    row = Round.objects.select_for_update().get(pk=round.pk)
    row.n_submitted = max([row.n_submitted, *numbers])
    row.save(update_fields=["n_submitted"])
