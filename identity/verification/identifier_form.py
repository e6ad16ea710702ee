"""The proof that people show at a service desk: one form for the desks of every app."""

from datetime import date
from typing import Any, TypedDict

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.fields import DayField, example_day
from identity.verification.models import Identity


class GivenIdentifier(TypedDict):
    """The proof shown, as `identity.services.find_person` expects it; `born` as 1990-12-31, or empty."""

    kind: Identity.Kind
    typed: str
    born: str


class IdentifierForm(forms.Form):
    """A clerk's form for it. A register entry is found by its number and the date of birth."""

    kind = forms.ChoiceField(
        label=_("What did the person show?"),
        choices=[
            (Identity.Kind.DOCUMENT, _("A document with a number")),
            (Identity.Kind.PHONE, _("A phone, which was called and rang")),
            (Identity.Kind.REGISTER, _("A card or letter with their register number")),
        ],
        widget=forms.RadioSelect,
    )
    typed = forms.CharField(
        label=_("Number of the document, phone or register entry"),
        help_text=_("It is only compared and not stored. Never enter a national identity number."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    born = DayField(
        label=_("Date of birth"),
        help_text=format_lazy(
            _("Only for a register entry, for example {day}."), day=example_day(date(1990, 12, 31))
        ),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("kind") == Identity.Kind.REGISTER
            and not cleaned.get("born")
            and "born" not in self.errors
        ):
            self.add_error("born", _("Enter the date of birth too."))
        return cleaned

    def given_identifier(self) -> GivenIdentifier:
        """Return what was shown, once the form is valid."""
        born = self.cleaned_data["born"]
        return {
            "kind": Identity.Kind(self.cleaned_data["kind"]),
            "typed": self.cleaned_data["typed"],
            "born": born.isoformat() if born else "",
        }
