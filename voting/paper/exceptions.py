"""Refusals at polling places and in the transcription of paper ballots."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class VotedOnline(Refused):
    code = "voted_online"
    message = _(
        "This person has voted online in this round. To let them vote on paper "
        "instead, tick that the online ballot is withdrawn."
    )


class AlreadyCheckedIn(Refused):
    code = "marked_already"
    message = _("This person is already checked in to vote on paper in this round.")


class NotCheckedIn(Refused):
    code = "not_marked"
    message = _("This person is not checked in at this polling place.")


class CheckInIsUsed(Refused):
    code = "mark_is_used"
    message = _(
        "As many ballots of this polling place are transcribed as people were checked in. The check-in stays."
    )


class MoreBallotsThanCheckIns(Refused):
    code = "more_ballots_than_marks"
    message = _(
        "This polling place would have more transcribed ballots than check-ins. "
        "Nothing was recorded. Count the batch again and tell the person in charge."
    )


class PollingPlaceSettled(Refused):
    code = "desk_settled"
    message = _("This polling place is closed out. Nothing can be added or changed.")


class PollingPlaceExists(Refused):
    code = "desk_known"
    message = _("A polling place with this name already exists.")


class PollingPlaceNotFinished(Refused):
    code = "desk_not_finished"
    message = _("A batch of this polling place is not finished: both entries must match first.")


class BatchFinished(Refused):
    code = "batch_finished"
    message = _("This batch is finished. Nothing was changed.")


class AnotherClerk(Refused):
    code = "another_clerk"
    message = _("One clerk makes each entry of a batch, and this entry belongs to somebody else.")


class SameClerk(Refused):
    code = "same_clerk"
    message = _("You made the first entry of this batch. Another clerk must make the second one.")


class NotInBatch(Refused):
    code = "not_in_batch"
    message = _("The batch was registered with %(declared)s ballots, so there is no number %(sequence)s.")


class TranscriptionNotComplete(Refused):
    code = "keying_not_complete"
    message = _(
        "The batch was registered with %(declared)s ballots, and %(keyed)s are "
        "transcribed. Transcribe the missing ones, or count the batch again and "
        "correct the number."
    )


class AlreadyTranscribed(Refused):
    code = "keyed_already"
    message = _(
        "You have finished this entry. Only ballots on which the two entries differ are transcribed again."
    )


class NotThatReason(Refused):
    code = "not_that_reason"
    message = _(
        "The transcribed ballot does not break the rules in this way. Choose another reason, or none."
    )
