"""Refusals at polling places and in the transcription of paper ballots."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class VotedOnline(Refused):
    code = "voted_online"
    message = _(
        "This person has voted online in this round. Should they vote on paper instead, tick that the online "
        "ballot is withdrawn."
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
