"""What the rules of authorities and rounds refuse, and the refusal that every app's begin with."""

from django.utils.translation import gettext_lazy as _

from core.exceptions import Refused as Refused


class PhaseNotOpen(Refused):
    code = "phase_not_open"
    message = _("This part of the round is not open now. Nothing was changed.")
