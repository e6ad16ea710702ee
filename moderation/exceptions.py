"""Refusals in the screening queue."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class ClaimedByAnother(Refused):
    code = "claimed_by_another"
    message = _("A colleague is working on this text. Take the next one in the queue.")


class NotClaimed(Refused):
    code = "not_claimed"
    message = _("Take this text from the queue first, so that nobody else works on it at the same time.")


class AlreadyDecided(Refused):
    code = "already_decided"
    message = _(
        "This text has already been decided, or its author has changed or withdrawn it. Nothing was changed."
    )


class OwnText(Refused):
    code = "own_text"
    message = _("You wrote this text yourself. A colleague must screen it.")
