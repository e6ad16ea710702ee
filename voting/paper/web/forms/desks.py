"""What a clerk types at a paper desk: the desk, who is marked, and whose mark is taken back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.verification.shown import ShownForm


class PaperDeskForm(forms.Form):
    """A new place where people vote on paper."""

    name = forms.CharField(
        label=_("Name of the polling place"), help_text=_("For example the name of the hall."), max_length=80
    )


class MarkForm(ShownForm):
    """Who is handed a paper, and whether it takes the place of a ballot they have cast online."""

    overrides = forms.BooleanField(
        label=_("If the person has voted online: withdraw that ballot"),
        help_text=_(
            "Only if the person asks for it. The online ballot is permanently removed, and "
            "the public log says that a ballot was withdrawn, but not whose."
        ),
        required=False,
    )


class WithdrawMarkForm(ShownForm):
    """Whose mark is taken back, and why."""

    reason = forms.CharField(
        label=_("Why is the check-in cancelled?"),
        help_text=_("It is kept on record. Do not write who it is."),
        max_length=200,
    )
