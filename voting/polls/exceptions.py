"""Refusals when ballot papers and rules are set up, changed or frozen."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class NotReady(Refused):
    code = "not_ready"
    message = _("The ballot of this round is not ready yet. Nothing was recorded.")


class VotingClosed(Refused):
    code = "voting_closed"
    message = _("Voting is not open now. Nothing was recorded.")


class RuleNotCountable(Refused):
    code = "rule_not_countable"
    message = _(
        "“Greatest total of votes” is for analysis only: its result cannot be checked "
        "by hand. Choose another rule before you freeze."
    )


class PointsNeeded(Refused):
    code = "points_needed"
    message = _(
        "A project's value can be its points only if people give points or rank "
        "projects. Choose another value or another way of voting."
    )


class StillOpen(Refused):
    code = "still_open"
    message = _("Voting is still open, so this cannot be done yet.")


class AlreadyFrozen(Refused):
    code = "already_frozen"
    message = _("The rules and the ballot are frozen and published. They can no longer be changed.")


class AlreadyDrawnUp(Refused):
    code = "already_drawn_up"
    message = _("This round already has its ballot.")


class NothingToVoteOn(Refused):
    code = "nothing_to_vote_on"
    message = _("No proposal of this round was found feasible, so there is nothing to vote on.")


class StageOutOfOrder(Refused):
    code = "step_out_of_order"
    message = _("Another step comes first.")


class NeedsAnotherOfficial(Refused):
    code = "needs_another_official"
    message = _("You have requested this step. Another official must approve it.")


class ExtensionMustBeLater(Refused):
    code = "extension_must_be_later"
    message = _("Choose a time after the current closing time.")


class ExtensionWaits(Refused):
    code = "extension_waits"
    message = _("A request to extend this vote is already waiting for another official.")


class ExtensionApproved(Refused):
    code = "extension_approved"
    message = _("This extension is approved and announced. It cannot be changed.")


class CountersDisagree(Exception):
    """The two counters came to different results; the round must not be certified."""
