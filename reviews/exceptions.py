"""Refusals about reviews."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class ReviewClosed(Refused):
    code = "review_closed"
    message = _("The ballot of this round is final. Reviews can no longer be completed.")


class CannotMergeInto(Refused):
    code = "cannot_merge_into"
    message = _("Choose another proposal of this round that is under review or was found feasible.")
