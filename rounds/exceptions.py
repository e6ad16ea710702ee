"""Refusals by the rules of authorities and rounds, and the base of every app's refusals."""

from django.utils.translation import gettext_lazy as _

from core.exceptions import Refused as Refused


class PhaseNotOpen(Refused):
    code = "phase_not_open"
    message = _("This part of the round is not open now. Nothing was changed.")
