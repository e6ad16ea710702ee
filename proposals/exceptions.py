"""Refusals about proposals and comments."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class WrongState(Refused):
    code = "wrong_state"
    message = _("This has changed since you opened the page. Check the current version.")


class NotYours(Refused):
    code = "not_yours"
    message = _("Only the author can do this.")


class ReasonMissing(Refused):
    code = "reason_missing"
    message = _("Give a reason. The author and the public will read it.")


class NotCompetent(Refused):
    code = "not_competent"
    message = _("A proposal can be feasible only if it is within the authority's own powers.")


class CommentsClosed(Refused):
    code = "comments_closed"
    message = _("Comments on this proposal are closed.")


class StaleVersion(Refused):
    code = "stale_version"
    message = _(
        "This text was changed in another window after you opened it. What you typed "
        "is still below: compare it with the saved text and save again."
    )


class Incomplete(Refused):
    code = "incomplete"
    message = _("Some information is missing. Complete the fields marked below, then submit.")


class Unchanged(Refused):
    code = "unchanged"
    message = _(
        "The text has not changed since it was sent back. First change what the explanation asks for."
    )


class NotOfThisRound(Refused):
    code = "not_of_this_round"
    message = _("This category or area does not belong to the authority of this round.")


class TooManyDrafts(Refused):
    code = "too_many_drafts"
    message = _("You already have %(limit)s drafts in this round. Submit or delete one first.")


class TooManyWaiting(Refused):
    code = "too_many_waiting"
    message = _(
        "%(limit)s of your comments are waiting to be screened. Write again when one has been published."
    )


class PlaceDivided(Refused):
    code = "place_divided"
    message = _("The place you chose was divided or dissolved. Choose the place again.")


class TooManyWaitingForOne(Refused):
    code = "too_many_waiting_for_one"
    message = _(
        "%(limit)s proposals of this person are waiting to be screened. Come back when "
        "one has been published."
    )


class TooManyAssisted(Refused):
    code = "too_many_written_down"
    message = _(
        "You have submitted %(limit)s texts for residents in one day. A colleague can "
        "continue, or you can tomorrow."
    )


class ConsentNeeded(Refused):
    code = "consent_needed"
    message = _("Say how the person agreed. Nothing is submitted without their consent.")


class SupportClosed(Refused):
    code = "support_closed"
    message = _("This proposal can no longer be supported.")


class WrongReason(Refused):
    code = "wrong_ground"
    message = _("This reason does not fit this decision. Choose one from the list.")


class ExplanationTooShort(Refused):
    code = "explanation_too_short"
    message = _("Explain in at least %(least)s characters. The author reads exactly what you write.")
