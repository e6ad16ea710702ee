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
