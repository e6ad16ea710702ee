"""Refusals about reports and exports."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class NothingCertified(Refused):
    code = "nothing_certified"
    message = _("A report can be published once the result of the vote is certified.")


class CorrectionUnexplained(Refused):
    code = "correction_unexplained"
    message = _("Say what this report corrects: a report has already been published.")


class NothingToCorrect(Refused):
    code = "nothing_to_correct"
    message = _("The figures are the same as in the published report. Nothing was published.")


class NothingPublished(Refused):
    code = "nothing_published"
    message = _("No report of this round has been published yet.")
