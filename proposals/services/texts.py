"""A proposal's text, from the first draft to its publication or its return to the author."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from django.db import transaction
from django.db.models import F

from audit.actions import Action
from audit.services import record
from authorities.models import Category
from authorities.reasons import Serves, StandardReason
from authorities.selectors import settings_of
from identity.models import Account
from identity.verification.models import Person
from identity.verification.selectors import require_eligible
from places.models import Area
from places.selectors import sole_area_in_place_of
from proposals.exceptions import (
    Incomplete,
    NotOfThisRound,
    NotYours,
    PlaceDivided,
    StaleVersion,
    TooManyDrafts,
    Unchanged,
    WrongState,
)
from proposals.lifecycle import State
from proposals.models import Fields, Proposal, Revision, StatusChange
from proposals.services.status_changes import change_status, check_reason, lock
from rounds.models import Act, Phase, Round
from rounds.services import lock_calendar_and_read_clock, require_open


@transaction.atomic
def save_draft(
    round: Round,
    *,
    author: Account,
    proposal: Proposal | None = None,
    version: int | None = None,
    **fields: Unpack[Fields],
) -> Proposal:
    """Keep what the author has written so far, complete or not, and return it.

    `version` is the one the author was shown; the saved text has the next. Without `proposal` a new
    draft begins, for which the round's call must not be over. Saving does not need a verified
    identity: submitting does. Raises NotYours, WrongState, StaleVersion, NotOfThisRound,
    TooManyDrafts, PhaseNotOpen.
    """
    now = lock_calendar_and_read_clock(round)
    check_places(round, fields.get("category"), fields.get("area"))
    if proposal is None:
        return _begin_draft(round, author, now, fields)
    proposal = lock(proposal)
    if proposal.author_id != author.pk:
        raise NotYours()
    if not proposal.is_editable:
        raise WrongState()
    if version is not None and version != proposal.version:
        raise StaleVersion()
    for name, value in fields.items():
        setattr(proposal, name, value)
    proposal.version += 1
    proposal.saved_at = now
    proposal.save(update_fields=[*fields, "version", "saved_at"])
    record(
        Action.PROPOSAL_REVISED,
        proposal,
        actor=author,
        authority=proposal.round.authority,
        version=proposal.version,
    )
    return proposal


def _begin_draft(round: Round, author: Account, now: datetime, fields: Fields) -> Proposal:
    # The author's row is the lock under which their drafts are counted.
    Account.objects.select_for_update(no_key=True).get(pk=author.pk)
    most = settings_of(round.authority_id).most_drafts
    if Proposal.objects.filter(round=round, author=author, state=State.DRAFT).count() >= most:
        raise TooManyDrafts(limit=most)
    if not round.phases.filter(kind=Phase.Kind.SUBMISSION, closes_at__gt=now).exists():
        require_open(round, Phase.Kind.SUBMISSION)
    proposal = Proposal.objects.create(
        round=round, author=author, saved_at=now, **{"language": author.language, **fields}
    )
    record(Action.PROPOSAL_DRAFTED, proposal, actor=author, authority=round.authority)
    return proposal


def check_places(round: Round, category: Category | None, area: Area | None) -> None:
    """Raise NotOfThisRound for a category or a place of another authority."""
    if category is not None and category.authority_id != round.authority_id:
        raise NotOfThisRound()
    if area is not None and not area.path.startswith(round.authority.area.path):
        raise NotOfThisRound()


@transaction.atomic
def submit(proposal: Proposal, *, actor: Account) -> Proposal:
    """Hand the text in for screening; the first time gives it its code.

    A text that was sent back can be handed in again until the review ends, even after the call.
    Raises NotYours, WrongState, PhaseNotOpen, Incomplete, Unchanged, PlaceDivided, and what
    `require_eligible` raises.
    """
    again = proposal.submitted_at is not None
    kinds = (Phase.Kind.SUBMISSION, Phase.Kind.REVIEW) if again else (Phase.Kind.SUBMISSION,)
    now = require_open(proposal.round, *kinds)
    proposal = lock(proposal)
    if proposal.author_id != actor.pk:
        raise NotYours()
    if not proposal.is_editable or (proposal.submitted_at is not None) != again:
        raise WrongState()
    require_complete(proposal)
    person = require_eligible(proposal.round, actor, Act.PROPOSE, now=now)
    hand_in(proposal, person, now=now, actor=actor)
    return proposal


def require_complete(proposal: Proposal) -> None:
    """Raise Incomplete, or Unchanged where this very text was handed in before. One query."""
    if not proposal.is_complete:
        raise Incomplete()
    if proposal.revisions.filter(version=proposal.version).exists():
        raise Unchanged()


def hand_in(
    proposal: Proposal, person: Person, *, now: datetime, actor: Account, changed: Sequence[str] = ()
) -> None:
    """Have a locked, complete proposal wait for screening in a person's name; `changed` is saved with it.

    `actor` is its author, or the clerk who wrote it down for them. Raises WrongState, PlaceDivided.
    """
    _follow_place(proposal, now)
    proposal.residency = person.residency
    proposal.age_group = person.age_group
    if proposal.code is None:
        proposal.code = _next_code(proposal.round)
    change_status(
        proposal,
        State.PENDING,
        now=now,
        body=StatusChange.Body.AUTHOR,
        actor=actor,
        changed=["area", "residency", "age_group", "code", *changed],
    )
    as_submitted(proposal).save(force_insert=True)


def as_submitted(proposal: Proposal) -> Revision:
    """Return the text of a proposal as it was just submitted, to be kept; it is not saved yet."""
    assert proposal.submitted_at is not None
    return Revision(
        proposal=proposal, version=proposal.version, saved_at=proposal.submitted_at, **proposal.text()
    )


def _follow_place(proposal: Proposal, now: datetime) -> None:
    """Let a text be about the place that took its place's. Raises PlaceDivided where several did."""
    area = proposal.area
    if area is None:
        return
    proposal.area = sole_area_in_place_of(area, proposal.round.today(now))
    if proposal.area is None:
        raise PlaceDivided()


def _next_code(round: Round) -> str:
    """Return the round's next code; its row is the lock that gives each number once."""
    Round.objects.filter(pk=round.pk).update(n_submitted=F("n_submitted") + 1)
    number = Round.objects.values_list("n_submitted", flat=True).get(pk=round.pk)
    return f"{round.proposal_prefix}{number:04d}"


@transaction.atomic
def publish(proposal: Proposal, *, actor: Account | None) -> Proposal:
    """Show a screened proposal to everybody; its review is assigned after that. Raises WrongState."""
    now = lock_calendar_and_read_clock(proposal.round)
    proposal = lock(proposal)
    change_status(proposal, State.PUBLISHED, now=now, body=StatusChange.Body.MODERATION, actor=actor)
    return proposal


@transaction.atomic
def send_back(proposal: Proposal, *, actor: Account | None, reason: str, explanation: str) -> Proposal:
    """Return the text to its author, who may change it and submit again.

    Raises WrongState, WrongReason, ExplanationTooShort.
    """
    explanation = check_reason(proposal.round.authority_id, reason, Serves.SCREENING, explanation)
    now = lock_calendar_and_read_clock(proposal.round)
    proposal = lock(proposal)
    change_status(
        proposal,
        State.SENT_BACK,
        now=now,
        body=StatusChange.Body.MODERATION,
        actor=actor,
        reason=reason,
        explanation=explanation,
    )
    return proposal


@transaction.atomic
def withdraw(proposal: Proposal, *, actor: Account, explanation: str = "") -> Proposal:
    """Take a proposal out of the round at its author's wish; a draft is discarded so.

    What was public stays readable, marked as withdrawn. Raises NotYours, WrongState.
    """
    now = lock_calendar_and_read_clock(proposal.round)
    proposal = lock(proposal)
    if proposal.author_id != actor.pk:
        raise NotYours()
    change_status(
        proposal,
        State.WITHDRAWN,
        now=now,
        body=StatusChange.Body.AUTHOR,
        actor=actor,
        reason=StandardReason.WITHDRAWN_BY_PROPOSER,
        explanation=explanation.strip(),
    )
    return proposal
