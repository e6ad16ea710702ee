"""Departments examine what was published: assignment, and the four ways a review can end."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from audit.actions import Action
from audit.services import record_all
from authorities.models import Department
from authorities.reasons import Serves, StandardReason
from authorities.selectors import settings_of
from identity.models import Account
from proposals.exceptions import WrongState
from proposals.lifecycle import State
from proposals.models import Proposal, StatusChange
from proposals.services.status_changes import change_status, check_reason, lock
from reviews.exceptions import CannotMergeInto, ReviewClosed
from reviews.models import Review
from reviews.selectors import unassigned
from rounds.models import Phase, Round
from rounds.services import lock_calendar_and_read_clock


def due_on(round: Round, now: datetime) -> date:
    """Return the last day for a review assigned now, in the round's own calendar. Two queries.

    Never later than the review phase, unless that is over already.
    """
    phase = round.phases.filter(kind=Phase.Kind.REVIEW).first()
    start = now if phase is None else max(now, phase.opens_at)
    due = start + timedelta(days=settings_of(round.authority_id).review_days)
    if phase is not None and phase.last_moment > now:
        due = min(due, phase.last_moment)
    return round.today(due)


@transaction.atomic
def assign_due(round: Round) -> int:
    """Give each published proposal without a review to the department of its category; return how many.

    Proposals in a category without a department wait until it has one. Idempotent, even if called
    concurrently. Constant number of queries.
    """
    now = lock_calendar_and_read_clock(round)
    waiting = unassigned().filter(round=round)
    locked = list(waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    # Queried again with the rows locked: the previous holder of the lock may have assigned them.
    rows = list(waiting.filter(pk__in=locked).select_related("category__department", "round__authority"))
    if not rows:
        return 0
    due = due_on(round, now)
    reviews = Review.objects.bulk_create(
        Review(proposal=row, department=row.category.department, assigned_at=now, due_on=due)
        for row in rows
        if row.category is not None and row.category.department is not None
    )
    record_all(
        Action.REVIEW_ASSIGNED,
        ((review, {"department": review.department_id, "due_on": due.isoformat()}) for review in reviews),
        actor=None,
        authority=rows[0].round.authority,
        round=round,
    )
    return len(reviews)


@transaction.atomic
def assign_review(proposal: Proposal, *, department: Department, actor: Account | None) -> Review:
    """Give a review to a department, taking it from the one that had it.

    Raises WrongState once the review was concluded or the proposal withdrawn.
    """
    now = lock_calendar_and_read_clock(proposal.round)
    proposal = lock(proposal)
    if proposal.state != State.PUBLISHED:
        raise WrongState()
    review, created = Review.objects.get_or_create(
        proposal=proposal,
        defaults={"department": department, "assigned_at": now, "due_on": due_on(proposal.round, now)},
    )
    if not created:
        review.department = department
        review.assigned_at = now
        review.due_on = due_on(proposal.round, now)
        review.save(update_fields=["department", "assigned_at", "due_on"])
    record_all(
        Action.REVIEW_ASSIGNED,
        [(review, {"department": department.pk, "due_on": review.due_on.isoformat()})],
        actor=actor,
        authority=proposal.round.authority,
        round=proposal.round,
    )
    return review


@transaction.atomic
def find_feasible(proposal: Proposal, *, actor: Account | None, cost_minor: int) -> Proposal:
    """Conclude that it can be done, within the authority's own powers, for `cost_minor`.

    Raises WrongState, ReviewClosed.
    """
    now = _hold_before_the_vote(proposal.round)
    proposal = lock(proposal)
    proposal.competence = Proposal.Competence.OWN
    proposal.reviewed_cost_minor = cost_minor
    _conclude(
        proposal,
        State.FEASIBLE,
        now=now,
        actor=actor,
        changed=["competence", "reviewed_cost_minor"],
    )
    return proposal


@transaction.atomic
def find_ineligible(proposal: Proposal, *, actor: Account | None, reason: str, explanation: str) -> Proposal:
    """Conclude that the rules do not allow it. Raises WrongState, ReviewClosed, and for the reason."""
    explanation = check_reason(proposal.round.authority_id, reason, Serves.INELIGIBILITY, explanation)
    now = _hold_before_the_vote(proposal.round)
    proposal = lock(proposal)
    _conclude(proposal, State.INELIGIBLE, now=now, actor=actor, reason=reason, explanation=explanation)
    return proposal


@transaction.atomic
def refer(proposal: Proposal, *, actor: Account | None, to: str, explanation: str) -> Proposal:
    """Conclude that another body, named by `to`, is competent. Raises WrongState, ReviewClosed."""
    explanation = check_reason(
        proposal.round.authority_id, StandardReason.OUT_OF_AUTHORITY, Serves.REFERRAL, explanation
    )
    now = _hold_before_the_vote(proposal.round)
    proposal = lock(proposal)
    proposal.competence = Proposal.Competence.OTHER
    proposal.referred_to = to.strip()
    _conclude(
        proposal,
        State.REFERRED,
        now=now,
        actor=actor,
        reason=StandardReason.OUT_OF_AUTHORITY,
        explanation=explanation,
        changed=["competence", "referred_to"],
    )
    return proposal


@transaction.atomic
def merge(proposal: Proposal, *, into: Proposal, actor: Account | None, explanation: str) -> Proposal:
    """Conclude that `into`, of the same round and still in the running, carries this idea on.

    Raises WrongState, CannotMergeInto, ReviewClosed, ExplanationTooShort.
    """
    explanation = check_reason(
        proposal.round.authority_id, StandardReason.MERGED_INTO_OTHER, Serves.MERGER, explanation
    )
    now = _hold_before_the_vote(proposal.round)
    # Both rows in order of id: two merges in opposite directions wait instead of deadlocking.
    rows = {
        row.pk: row
        for row in Proposal.objects.select_for_update(of=("self",))
        .select_related("round__authority")
        .filter(pk__in=[proposal.pk, into.pk])
        .order_by("pk")
    }
    proposal, into = rows[proposal.pk], rows[into.pk]
    if (
        into.pk == proposal.pk
        or into.round_id != proposal.round_id
        or into.state not in {State.PUBLISHED, State.FEASIBLE}
    ):
        raise CannotMergeInto()
    proposal.merged_into = into
    _conclude(
        proposal,
        State.MERGED,
        now=now,
        actor=actor,
        reason=StandardReason.MERGED_INTO_OTHER,
        explanation=explanation,
        changed=["merged_into"],
    )
    return proposal


def _hold_before_the_vote(round: Round) -> datetime:
    """Return the time, with the round held. Raises ReviewClosed once voting has opened."""
    now = lock_calendar_and_read_clock(round)
    if round.phases.filter(kind=Phase.Kind.VOTING, opens_at__lte=now).exists():
        raise ReviewClosed()
    return now


def _conclude(
    proposal: Proposal,
    to: State,
    *,
    now: datetime,
    actor: Account | None,
    reason: str = "",
    explanation: str = "",
    changed: Iterable[str] = (),
) -> None:
    review = Review.objects.filter(proposal=proposal).select_related("department").first()
    change_status(
        proposal,
        to,
        now=now,
        body=StatusChange.Body.DEPARTMENT,
        actor=actor,
        department=review.department if review is not None else None,
        reason=reason,
        explanation=explanation,
        changed=list(changed),
    )
    if review is not None:
        review.concluded_at = now
        review.concluded_by = actor
        review.save(update_fields=["concluded_at", "concluded_by"])
