"""What becomes of somebody's texts when they have their account erased."""

from django.db import transaction

from audit.actions import Action
from audit.services import record
from identity.models import Account
from proposals.grounds import Ground
from proposals.lifecycle import STEPS, State
from proposals.models import Comment, Proposal
from proposals.services.assisted import claim_written_down
from proposals.services.texts import withdraw

# In place of a comment nobody has read; a comment is never empty.
_ERASED = "…"


@transaction.atomic
def erase_texts(account: Account, *, withdraw_public: bool) -> None:
    """Discard what nobody has read, and with `withdraw_public` take the author's proposals out of rounds.

    Drafts are emptied and withdrawn, comments that wait to be screened emptied and refused. What was
    handed in stays in the record of its screening; what was public stays readable. A proposal on a
    ballot paper or decided stays what it is. Constant statements for each of the author's open texts.
    """
    claim_written_down(account)
    unread = {State.DRAFT, State.PENDING, State.SENT_BACK}
    for proposal in Proposal.objects.filter(author=account).order_by("pk"):
        state = State(proposal.state)
        if State.WITHDRAWN in STEPS[state] and (state in unread or withdraw_public):
            proposal = withdraw(proposal, actor=account)
        if state == State.DRAFT:
            proposal.title, proposal.body, proposal.translations = "", "", {}
            proposal.save(update_fields=["title", "body", "translations"])
    for comment in Comment.objects.select_for_update().filter(author=account, state=Comment.State.PENDING):
        comment.state = Comment.State.REJECTED
        comment.ground = Ground.WITHDRAWN_BY_PROPOSER
        comment.text = _ERASED
        comment.save(update_fields=["state", "ground", "text"])
        record(
            Action.COMMENT_REJECTED,
            comment,
            actor=account,
            authority=comment.proposal.round.authority,
            ground=str(comment.ground),
        )
