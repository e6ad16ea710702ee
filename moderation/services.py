"""Screening: opening cases, holding one while reading it, deciding."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from authorities.reasons import Serves
from authorities.selectors import settings_of
from core.db.clock import database_clock
from identity.models import Account
from identity.services import note_views
from moderation import hints
from moderation.exceptions import AlreadyDecided, ClaimedByAnother, NotClaimed, OwnText
from moderation.models import Case, CommentPolicy, Decision
from moderation.selectors import harm_of, text_of
from proposals import services as proposals
from proposals.exceptions import WrongState
from proposals.models import Comment, Proposal
from proposals.services.status_changes import check_reason
from rounds.models import Round


def note_personal_data(cases: Iterable[Case], *, authority: Authority, actor: Account, page: str) -> None:
    """Record that a moderator saw texts in which the automatic check noticed personal data.

    `cases` come with their proposal and comment. No statement if nothing was noticed, otherwise two.
    """
    noticed = [case for case in cases if any(hint["kind"] in hints.PERSONAL_DATA for hint in case.hints)]
    texts = [case.proposal if case.proposal is not None else case.comment for case in noticed]
    note_views(actor, (text.author_id for text in texts if text is not None), page=page, authority=authority)


@transaction.atomic
def open_case(subject: Proposal | Comment) -> Case | None:
    """Put a waiting text in its authority's queue, with the hints of the automatic check.

    Returns the case, even if it was already open; None if the text no longer waits. Safe to call twice and
    concurrently. A comment without hints is published here if the authority's policy says so.
    """
    now = database_clock()
    if isinstance(subject, Proposal):
        proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=subject.pk)
        if not proposal.is_pending:
            return None
        key = {"proposal": proposal, "version": proposal.version}
        authority = proposal.round.authority
        submitted_at = proposal.submitted_at
    else:
        comment = Comment.objects.select_for_update(of=("self",)).get(pk=subject.pk)
        if not comment.is_pending:
            return None
        key = {"comment": comment}
        authority = comment.proposal.round.authority
        submitted_at = comment.posted_at
    assert submitted_at is not None
    # The lock on the text keeps a second caller out; the unique keys would stop it as well.
    existing = Case.objects.filter(**key).first()
    if existing is not None:
        return existing
    case = Case(
        authority=authority,
        opened_at=now,
        due_at=submitted_at + timedelta(days=settings_of(authority.pk).answer_days),
        **key,
    )
    found = hints.find(text_of(case))
    case.hints = [{"kind": hint.kind, "start": hint.start, "end": hint.end} for hint in found]
    case.harm = harm_of(found)
    # A text found only days later, after an outage, is late at once but still due after it was opened.
    case.due_at = max(case.due_at, now + timedelta(minutes=1))
    case.save()
    record(Action.CASE_OPENED, case, actor=None, authority=authority, round=_round(case), harm=int(case.harm))
    if case.comment is not None and not found:
        _publish_if_policy_says_so(case)
    return case


def _publish_if_policy_says_so(case: Case) -> None:
    assert case.comment is not None
    if not CommentPolicy.objects.filter(
        authority_id=case.authority_id, publishes_clean_comments=True
    ).exists():
        return
    proposals.publish_comment(case.comment, actor=None)
    _close(case, outcome=Decision.Outcome.PUBLISH, actor=None)


@transaction.atomic
def claim(case: Case, *, actor: Account) -> Case:
    """Take a text for as long as the authority says, so that no colleague works on it; again to stay longer.

    Raises AlreadyDecided, OwnText, ClaimedByAnother.
    """
    now = database_clock()
    case = _lock(case)
    if case.closed_at is not None or not case.is_about_what_waits:
        raise AlreadyDecided()
    if actor.pk in _hands(case):
        raise OwnText()
    if case.is_claimed(now) and case.claimed_by_id != actor.pk:
        raise ClaimedByAnother()
    case.claimed_by = actor
    case.claimed_until = now + timedelta(minutes=settings_of(case.authority_id).claim_minutes)
    case.save(update_fields=["claimed_by", "claimed_until"])
    record(Action.CASE_CLAIMED, case, actor=actor, authority=case.authority, round=_round(case))
    return case


@transaction.atomic
def release(case: Case, *, actor: Account) -> None:
    """Return a text to the queue. Does nothing if a colleague has it by now."""
    case = _lock(case)
    if case.closed_at is not None or case.claimed_by_id != actor.pk:
        return
    case.claimed_by = None
    case.claimed_until = None
    case.save(update_fields=["claimed_by", "claimed_until"])
    record(Action.CASE_RELEASED, case, actor=actor, authority=case.authority, round=_round(case))


@transaction.atomic
def decide(
    case: Case,
    *,
    actor: Account,
    outcome: Decision.Outcome | str,
    reason: str = "",
    explanation: str = "",
) -> Decision:
    """Publish the text, or refuse it with a reason its author reads; a refused proposal is sent back.

    Who let that time pass may still decide while nobody else has taken the text.
    Raises AlreadyDecided, NotClaimed, OwnText, WrongReason, ExplanationTooShort.
    """
    outcome = Decision.Outcome(outcome)
    if outcome == Decision.Outcome.REFUSE:
        explanation = check_reason(case.authority_id, reason, Serves.SCREENING, explanation)
    else:
        reason = explanation = ""
    case = _lock(case)
    if case.closed_at is not None or not case.is_about_what_waits:
        raise AlreadyDecided()
    if actor.pk in _hands(case):
        raise OwnText()
    if case.claimed_by_id != actor.pk:
        raise NotClaimed()
    try:
        _apply(case, outcome, actor=actor, reason=reason, explanation=explanation)
    except WrongState as refusal:
        # Withdrawn while it was being read.
        raise AlreadyDecided() from refusal
    return _close(case, outcome=outcome, actor=actor, reason=reason, explanation=explanation)


def _apply(case: Case, outcome: Decision.Outcome, *, actor: Account, reason: str, explanation: str) -> None:
    publishes = outcome == Decision.Outcome.PUBLISH
    if case.proposal is not None:
        if publishes:
            proposals.publish(case.proposal, actor=actor)
        else:
            proposals.send_back(case.proposal, actor=actor, reason=reason, explanation=explanation)
        return
    assert case.comment is not None
    if publishes:
        proposals.publish_comment(case.comment, actor=actor)
    else:
        proposals.reject_comment(case.comment, actor=actor, reason=reason, explanation=explanation)


def _close(
    case: Case,
    *,
    outcome: Decision.Outcome,
    actor: Account | None,
    reason: str = "",
    explanation: str = "",
) -> Decision:
    now = database_clock()
    decision = Decision.objects.create(
        case=case,
        outcome=outcome,
        reason=reason,
        explanation=explanation,
        decided_by=actor,
        is_automatic=actor is None,
        decided_at=now,
    )
    case.closed_at = now
    case.save(update_fields=["closed_at"])
    record(
        Action.CASE_DECIDED,
        case,
        actor=actor,
        authority=case.authority,
        round=_round(case),
        outcome=outcome.value,
        **({"reason": str(reason)} if reason else {}),
    )
    return decision


@transaction.atomic
def lapse(case: Case) -> None:
    """Close a case whose text was withdrawn by its author. Does nothing if it still waits."""
    case = _lock(case)
    if case.closed_at is not None or case.is_about_what_waits:
        return
    case.closed_at = database_clock()
    case.save(update_fields=["closed_at"])
    record(Action.CASE_LAPSED, case, actor=None, authority=case.authority, round=_round(case))


def _lock(case: Case) -> Case:
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related(
            "authority",
            "proposal__round",
            "proposal__assisted_submission",
            "comment__proposal__round",
            "comment__assisted_submission",
        )
        .get(pk=case.pk)
    )


def _round(case: Case) -> Round:
    """The round that the text was written in."""
    if case.proposal is not None:
        return case.proposal.round
    assert case.comment is not None
    return case.comment.proposal.round


def _hands(case: Case) -> set[int | None]:
    """The writers of the text: its author, and the clerk who submitted it for them."""
    text = case.proposal if case.proposal is not None else case.comment
    assert text is not None
    helper = text.assisted_submission.submitted_by_id if text.assisted_submission is not None else None
    return {text.author_id, helper}
