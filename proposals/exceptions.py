"""Refusals about proposals and comments."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class WrongState(Refused):
    code = "wrong_state"
    message = _("This has moved on since you opened the page. Look at where it stands now.")


class NotYours(Refused):
    code = "not_yours"
    message = _("Only the author can do this.")


class ReasonMissing(Refused):
    code = "reason_missing"
    message = _("Give a reason: the author and the public will read it.")


class NotCompetent(Refused):
    code = "not_competent"
    message = _("A proposal can only be feasible if it lies within the authority's own powers.")


class CommentsClosed(Refused):
    code = "comments_closed"
    message = _("This proposal no longer takes comments.")


class StaleVersion(Refused):
    code = "stale_version"
    message = _(
        "This text was changed in another window after you opened it. What you typed is still below: "
        "compare it with the saved text, then save again."
    )


class Incomplete(Refused):
    code = "incomplete"
    message = _("Something is still missing: complete the fields marked below, then submit.")


class Unchanged(Refused):
    code = "unchanged"
    message = _("The text is the same as when it was sent back. Change what the explanation asks for first.")


class NotOfThisRound(Refused):
    code = "not_of_this_round"
    message = _("This category or area does not belong to the authority of this round.")


class TooManyDrafts(Refused):
    code = "too_many_drafts"
    message = _("You have %(limit)s unfinished proposals in this round. Submit or discard one first.")


class TooManyWaiting(Refused):
    code = "too_many_waiting"
    message = _("%(limit)s of your comments wait to be screened. Write again when one has been published.")


class PlaceDivided(Refused):
    code = "place_divided"
    message = _("The place this is for was divided or ended. Change the text, and choose the place again.")


class TooManyWaitingForOne(Refused):
    code = "too_many_waiting_for_one"
    message = _(
        "%(limit)s proposals of this person wait to be screened. Come back when one has been published."
    )


class TooManyWrittenDown(Refused):
    code = "too_many_written_down"
    message = _(
        "You have written down %(limit)s texts within a day. A colleague can go on, or you can tomorrow."
    )


class ConsentNeeded(Refused):
    code = "consent_needed"
    message = _("Say how the person agreed. Without their consent nothing is handed in for them.")


class SupportClosed(Refused):
    code = "support_closed"
    message = _("This proposal no longer takes support.")


class WrongGround(Refused):
    code = "wrong_ground"
    message = _("This reason does not belong to this decision. Choose one from the list.")


class ExplanationTooShort(Refused):
    code = "explanation_too_short"
    message = _("Explain in at least %(least)s characters: the author reads it as you write it.")
