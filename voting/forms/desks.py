"""What a clerk types at a paper desk: the desk, and who stands before it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.models import Identity


class PaperDeskForm(forms.Form):
    """A new place where people vote on paper."""

    name = forms.CharField(
        label=_("Name of the desk"), help_text=_("For example the hall it stands in."), max_length=80
    )


class PersonForm(forms.Form):
    """What somebody who stands at the desk is known by."""

    kind = forms.ChoiceField(
        label=_("What did the person show?"),
        choices=[
            (Identity.Kind.DOCUMENT, _("A document with a number")),
            (Identity.Kind.PHONE, _("A phone, which rang when called")),
            (Identity.Kind.REGISTER, _("A card or letter with their number in the register")),
        ],
        widget=forms.RadioSelect,
    )
    typed = forms.CharField(
        label=_("Number of the document, the phone or the entry"),
        help_text=_("It is compared and not kept. Never enter a resident registration number."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    born = forms.DateField(
        label=_("Date of birth"),
        help_text=_("Only for an entry of the register, for example 1990-12-31."),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("kind") == Identity.Kind.REGISTER
            and not cleaned.get("born")
            and "born" not in self.errors
        ):
            self.add_error("born", _("Enter the date of birth as well."))
        return cleaned


class WithdrawMarkForm(PersonForm):
    """Whose mark is taken back, and why."""

    reason = forms.CharField(
        label=_("Why is the mark taken back?"),
        help_text=_("It is kept in the record. Do not write who it is."),
        max_length=200,
    )
