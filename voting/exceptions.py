"""Refusals of the vote, and failures that stop its close."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class NotReady(Refused):
    code = "not_ready"
    message = _("The ballot paper of this round is not ready yet. Nothing was recorded.")


class VotingClosed(Refused):
    code = "voting_closed"
    message = _("Voting is not open now. Nothing was recorded.")


class VotedOnPaper(Refused):
    code = "voted_on_paper"
    message = _("You have voted on paper in this round. A ballot cannot be cast here as well.")


class ReceiptUsed(Refused):
    code = "receipt_used"
    message = _("This receipt code was used before. Nothing was changed. Go back and cast your ballot again.")


class NotYourPaper(Refused):
    code = "not_your_paper"
    message = _("One of the ballot papers is for another area than yours. Nothing was recorded.")


class OutsideNotAllowed(Refused):
    code = "outside_not_allowed"
    message = _("In this round only people who live, work or study here can vote.")


class AccountNeeded(Refused):
    code = "account_needed"
    message = _("In this round you need an account to vote. Sign in or register first.")


class BallotRefused(Refused):
    """A ballot that breaks the rules of its paper; one sentence for each problem."""

    code = "ballot_refused"
    message = _("This ballot cannot be cast as it is.")

    def __init__(self, problems: Iterable[object]) -> None:
        ValidationError.__init__(
            self,
            [ValidationError(problem, code=self.code) for problem in problems],  # type: ignore[arg-type]
        )


class CommitmentDiffers(Refused):
    code = "commitment_differs"
    message = _(
        "The receipt made in your browser does not match your choices. "
        "Nothing was recorded. Load the page again."
    )


class RuleNotCountable(Refused):
    code = "rule_not_countable"
    message = _(
        "“Greatest total of votes” serves for analysis only: who wins by it cannot be checked by hand. "
        "Choose another rule before you freeze."
    )


class PointsNeeded(Refused):
    code = "points_needed"
    message = _(
        "A project can be worth the points it was given only where people give points or rank projects. "
        "Choose another worth, or another way of voting."
    )


class LoadingRefused(Refused):
    code = "loading_refused"
    message = _("Ballots are loaded into imported rounds only, after their rules are frozen.")


class StillOpen(Refused):
    code = "still_open"
    message = _("Voting is still open, so this cannot be done yet.")


class AlreadyFrozen(Refused):
    code = "already_frozen"
    message = _("The rules and the ballot paper are frozen and published. They can no longer be changed.")


class AlreadyDrawnUp(Refused):
    code = "already_drawn_up"
    message = _("This round has its ballot paper already.")


class NothingToVoteOn(Refused):
    code = "nothing_to_vote_on"
    message = _("No proposal of this round has been found feasible, so there is nothing to vote on.")


class StepOutOfOrder(Refused):
    code = "step_out_of_order"
    message = _("Another step of the close comes first.")


class NeedsAnotherOfficial(Refused):
    code = "needs_another_official"
    message = _("You have asked for this step. Another official has to approve it.")


class VotedOnline(Refused):
    code = "voted_online"
    message = _(
        "This person has voted online in this round. Should they vote on paper instead, tick that the online "
        "ballot is withdrawn."
    )


class BallotDamaged(Refused):
    code = "ballot_damaged"
    message = _(
        "The online ballot of this person cannot be opened, so it cannot be withdrawn. Tell whoever runs "
        "the platform."
    )


class MarkedAlready(Refused):
    code = "marked_already"
    message = _("This person is marked already as voting on paper in this round.")


class NotMarked(Refused):
    code = "not_marked"
    message = _("This person is not marked as voting on paper at this desk.")


class MarkIsUsed(Refused):
    code = "mark_is_used"
    message = _("As many paper ballots of this desk are keyed as people were marked. The mark stays.")


class MoreBallotsThanMarks(Refused):
    code = "more_ballots_than_marks"
    message = _(
        "More paper ballots would be keyed for this desk than people were marked there. "
        "Nothing was recorded. Count the stack again and tell whoever is in charge."
    )


class DeskSettled(Refused):
    code = "desk_settled"
    message = _("The paper of this desk is settled. Nothing can be added or changed.")


class DeskKnown(Refused):
    code = "desk_known"
    message = _("There is a desk with this name already.")


class DeskNotFinished(Refused):
    code = "desk_not_finished"
    message = _("A batch of this desk is not finished: both keyings have to agree first.")


class BatchFinished(Refused):
    code = "batch_finished"
    message = _("This batch is finished. Nothing was changed.")


class AnotherClerk(Refused):
    code = "another_clerk"
    message = _("Each keying of a batch is done by one clerk, and this one belongs to somebody else.")


class SameClerk(Refused):
    code = "same_clerk"
    message = _("You have keyed this batch the first time. Another clerk has to key it the second time.")


class NotInBatch(Refused):
    code = "not_in_batch"
    message = _("The batch was declared with %(declared)s papers, so there is no number %(sequence)s.")


class KeyingNotComplete(Refused):
    code = "keying_not_complete"
    message = _(
        "The batch was declared with %(declared)s papers; %(keyed)s are keyed. Key the missing ones, "
        "or count the stack again and correct the number."
    )


class KeyedAlready(Refused):
    code = "keyed_already"
    message = _("You have finished this keying. Only papers on which the two keyings differ are keyed again.")


class NotThatReason(Refused):
    code = "not_that_reason"
    message = _("What is keyed does not break the rules in this way. Choose another reason, or none.")


class ExtensionMustBeLater(Refused):
    code = "extension_must_be_later"
    message = _("Choose a time after the one at which voting closes now.")


class ExtensionWaits(Refused):
    code = "extension_waits"
    message = _("A request to extend this vote waits for another official already.")


class ExtensionApproved(Refused):
    code = "extension_approved"
    message = _("This extension is approved and announced. It stays.")


class CountersDisagree(Exception):
    """The two counters came to different results; the round must not be certified."""


class BoxDoesNotReconcile(Exception):
    """Ballot box, log and register do not fit together; says what was found, without naming a voter."""
