"""Erasure of a person's texts with their account."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from audit.actions import Action
from audit.services import record
from authorities.reasons import StandardReason
from core.db.clock import database_clock
from identity.models import Account
from proposals.lifecycle import Audience, State
from proposals.models import TEXT_FIELDS, WORDS, Comment, Proposal, Revision
from proposals.services.assisted_submissions import claim_assisted
from proposals.services.texts import withdraw

# In place of a comment nobody has read; a comment is never empty.
_ERASED = "…"


@transaction.atomic
def erase_texts(account: Account, *, withdraw_public: bool) -> None:
    """Discard what nobody has read, and with `withdraw_public` take the author's proposals out of rounds.

    Texts that were never public are emptied and withdrawn, their revisions with them; comments that wait
    are refused, and those that were never published emptied. What was public stays readable. A proposal on
    a ballot paper or decided stays what it is. Constant statements for each of the author's texts.
    """
    now = database_clock()
    claim_assisted(account)
    for proposal in Proposal.objects.filter(author=account).order_by("pk"):
        is_unread = proposal.standing.audience is Audience.AUTHOR
        if proposal.can_be_withdrawn and (is_unread or withdraw_public):
            proposal = withdraw(proposal, actor=account)
        if proposal.published_at is None:
            for name in WORDS:
                setattr(proposal, name, "")
            proposal.translations = {}
            proposal.save(update_fields=[*WORDS, "translations"])
            _erase_revisions(proposal.revisions.all(), now)
        else:
            _keep_what_was_public(proposal, now)
    Comment.objects.filter(author=account, state=Comment.State.REJECTED).update(text=_ERASED)
    for comment in Comment.objects.select_for_update().filter(author=account, state=Comment.State.PENDING):
        comment.state = Comment.State.REJECTED
        comment.reason = StandardReason.WITHDRAWN_BY_PROPOSER
        comment.text = _ERASED
        comment.save(update_fields=["state", "reason", "text"])
        record(
            Action.COMMENT_REJECTED,
            comment,
            actor=account,
            authority=comment.proposal.round.authority,
            round=comment.proposal.round,
            ground=str(comment.reason),
        )


def _keep_what_was_public(proposal: Proposal, now: datetime) -> None:
    """Erase the revisions nobody but moderators has read, and show the last one that was public."""
    published_at = list(
        proposal.status_changes.filter(to_state=State.PUBLISHED).order_by("at").values_list("at", flat=True)
    )
    revisions = list(proposal.revisions.all())
    # The last submission before a publication is what was published.
    public = [
        max((row for row in revisions if row.saved_at <= at), key=_version, default=None)
        for at in published_at
    ]
    kept = [row for row in public if row is not None]
    if not kept:
        # Loaded from a record, or older than its revisions: what is shown is all there is.
        return
    _erase_revisions(proposal.revisions.exclude(pk__in=[row.pk for row in kept]), now)
    if proposal.version != kept[-1].version:
        # Changed after it was sent back, and never screened again.
        for column, value in kept[-1].text().items():
            setattr(proposal, column, value)
        proposal.save(update_fields=TEXT_FIELDS)


def _version(revision: Revision) -> int:
    return revision.version


def _erase_revisions(revisions: QuerySet[Revision], now: datetime) -> None:
    revisions.filter(erased_at=None).update(**dict.fromkeys(WORDS, ""), erased_at=now)
