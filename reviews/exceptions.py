"""Refusals about reviews."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class ReviewClosed(Refused):
    code = "review_closed"
    message = _("The ballot paper of this round is settled: reviews can no longer be concluded.")


class CannotMergeInto(Refused):
    code = "cannot_merge_into"
    message = _("Choose another proposal of this round that is still under review or was found feasible.")
