"""A clerk's forms at a polling place: the place, a check-in, and cancelling one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.verification.identifier_form import IdentifierForm


class PollingPlaceForm(forms.Form):
    """A new polling place."""

    name = forms.CharField(
        label=_("Name of the polling place"), help_text=_("For example the name of the hall."), max_length=80
    )


class CheckInForm(IdentifierForm):
    """The person to check in, and if their online ballot is replaced."""

    overrides = forms.BooleanField(
        label=_("If the person has voted online: withdraw that ballot"),
        help_text=_(
            "Only if the person asks for it. The online ballot is permanently removed, and "
            "the public log says that a ballot was withdrawn, but not whose."
        ),
        required=False,
    )


class CancelCheckInForm(IdentifierForm):
    """The person whose check-in is cancelled, and why."""

    reason = forms.CharField(
        label=_("Why is the check-in cancelled?"),
        help_text=_("It is kept on record. Do not write who it is."),
        max_length=200,
    )
