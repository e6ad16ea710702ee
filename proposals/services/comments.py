"""Comments on a proposal, from posting to publication."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from authorities.reasons import Serves
from authorities.selectors import settings_of
from identity.models import Account
from identity.verification.selectors import require_eligible
from proposals import lifecycle
from proposals.exceptions import CommentsClosed, TooManyWaiting, WrongState
from proposals.models import Comment, Proposal
from proposals.services.status_changes import check_reason
from rounds.models import Act, Phase
from rounds.services import lock_calendar_and_read_clock


@transaction.atomic
def post_comment(proposal: Proposal, *, author: Account, text: str, language: str) -> Comment:
    """Keep a comment for screening; until then only its author sees it.

    Comments close with the vote, or when the proposal is settled before. Raises CommentsClosed,
    TooManyWaiting, and what `require_eligible` raises.
    """
    now = lock_calendar_and_read_clock(proposal.round)
    require_talk(proposal, now)
    person = require_eligible(proposal.round, author, Act.COMMENT, now=now)
    # The author's row is the lock under which their waiting comments are counted.
    Account.objects.select_for_update(no_key=True).get(pk=author.pk)
    require_few_waiting(Q(author=author), proposal.round.authority)
    comment = Comment.objects.create(
        proposal=proposal,
        author=author,
        residency=person.residency,
        language=language,
        text=text.strip(),
        posted_at=now,
    )
    record(
        Action.COMMENT_POSTED,
        comment,
        actor=author,
        authority=proposal.round.authority,
        round=proposal.round,
    )
    return comment


def require_talk(proposal: Proposal, now: datetime) -> None:
    """Raise CommentsClosed unless the proposal is talked about now. Two queries."""
    # FOR SHARE would block support; the state read after the lock on the round is current enough.
    state = Proposal.objects.values_list("state", flat=True).get(pk=proposal.pk)
    vote_is_over = proposal.round.phases.filter(kind=Phase.Kind.VOTING, closes_at__lte=now).exists()
    if not lifecycle.STATES[state].takes_comments or vote_is_over:
        raise CommentsClosed()


def require_few_waiting(whose: Q, authority: Authority) -> None:
    """Raise TooManyWaiting if too many of these comments wait; the caller holds their author's lock."""
    most = settings_of(authority.pk).most_comments_waiting
    if Comment.objects.filter(whose, state=Comment.State.PENDING).count() >= most:
        raise TooManyWaiting(limit=most)


@transaction.atomic
def publish_comment(comment: Comment, *, actor: Account | None) -> Comment:
    """Show a screened comment to everybody. Raises WrongState."""
    now = lock_calendar_and_read_clock(comment.proposal.round)
    comment = _lock_pending(comment)
    comment.state = Comment.State.PUBLISHED
    comment.published_at = now
    comment.save(update_fields=["state", "published_at"])
    round = comment.proposal.round
    record(Action.COMMENT_PUBLISHED, comment, actor=actor, authority=round.authority, round=round)
    return comment


@transaction.atomic
def reject_comment(comment: Comment, *, actor: Account | None, reason: str, explanation: str) -> Comment:
    """Keep a comment from being shown, with a reason its author reads.

    Raises WrongState, WrongReason, ExplanationTooShort.
    """
    explanation = check_reason(comment.proposal.round.authority_id, reason, Serves.SCREENING, explanation)
    lock_calendar_and_read_clock(comment.proposal.round)
    comment = _lock_pending(comment)
    comment.state = Comment.State.REJECTED
    comment.reason = reason
    comment.explanation = explanation
    comment.save(update_fields=["state", "reason", "explanation"])
    record(
        Action.COMMENT_REJECTED,
        comment,
        actor=actor,
        authority=comment.proposal.round.authority,
        round=comment.proposal.round,
        ground=str(reason),
    )
    return comment


def _lock_pending(comment: Comment) -> Comment:
    comment = (
        Comment.objects.select_for_update(of=("self",))
        .select_related("proposal__round__authority")
        .get(pk=comment.pk)
    )
    if comment.state != Comment.State.PENDING:
        raise WrongState()
    return comment
