"""Forms in which people verify themselves, and clerks verify people."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.fields import DayField, example_day
from core.i18n import text_in
from identity.selectors import active_account_at
from identity.verification.models import AgeGroup, Identity
from places.models import Area
from rounds.models import Residency


class PlaceForm(forms.Form):
    """A person's own statement of their connection to the authority's area."""

    residency = forms.ChoiceField(
        label=_("What is your connection to this area?"), choices=Residency, widget=forms.RadioSelect
    )
    area = forms.ChoiceField(
        label=_("Your area"), help_text=_("Where you live, work or study."), required=False
    )
    age_group = forms.ChoiceField(
        label=_("Your age group"),
        help_text=_("Only your age group is stored."),
        choices=[("", _("I prefer not to say")), *AgeGroup.choices],
        required=False,
    )

    area_missing = _("Choose the area where you live, work or study.")

    def __init__(self, *args: Any, areas: Sequence[Area], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._areas = {str(area.pk): area for area in areas}
        area = self.fields["area"]
        assert isinstance(area, forms.ChoiceField)
        area.choices = [("", _("Choose an area"))] + [
            (key, text_in(row.name, language)) for key, row in self._areas.items()
        ]

    def clean_area(self) -> Area | None:
        key = self.cleaned_data["area"]
        return self._areas[key] if key else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("residency") == Residency.OUTSIDE:
            cleaned["area"] = None
        elif "area" in cleaned and cleaned["area"] is None and "residency" in cleaned:
            self.add_error("area", self.area_missing)
        if "residency" in cleaned:
            cleaned["residency"] = Residency(cleaned["residency"])
        return cleaned


class PhoneForm(PlaceForm):
    """A phone that a code is sent to."""

    phone = forms.CharField(
        label=_("Phone number"),
        help_text=_("We will text you a code. The number itself is not stored."),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )


class RegisterForm(forms.Form):
    """A person's data as in the authority's register."""

    number = forms.CharField(
        label=_("Your number in the register"),
        help_text=_("You find it on the letter or card from the authority."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    born = DayField(
        label=_("Date of birth"),
        help_text=format_lazy(
            _("For example {day}. It is only compared and not stored."), day=example_day(date(1990, 12, 31))
        ),
        widget=forms.TextInput(attrs={"autocomplete": "bday", "inputmode": "numeric"}),
    )
    phone = forms.CharField(
        label=_("Phone number known to the authority"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )


class CodeForm(forms.Form):
    """A code from a text message."""

    code = forms.CharField(
        label=_("Code"),
        help_text=_("The six digits we sent to your phone. They are valid for ten minutes."),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class LetterForm(forms.Form):
    """A code from a letter."""

    code = forms.CharField(
        label=_("Code from the letter"),
        help_text=_("Twelve letters and digits, like ABCD-EFGH-2345."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AppealForm(forms.Form):
    """A request for help with verification."""

    text = forms.CharField(
        label=_("What happened?"),
        help_text=_("Leave out document numbers. Somebody at the authority reads this."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AnswerForm(forms.Form):
    """A clerk's answer to such a request."""

    answer = forms.CharField(
        label=_("Answer"),
        help_text=_("What you found out, or what the person can bring."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class DeskForm(PlaceForm):
    """A clerk's entries about a person at the service desk."""

    kind = forms.ChoiceField(
        label=_("What did the person show?"),
        choices=[
            (Identity.Kind.DOCUMENT, _("A document with a number")),
            (Identity.Kind.PHONE, _("A phone, which was called and rang")),
        ],
        widget=forms.RadioSelect,
    )
    typed = forms.CharField(
        label=_("Number of the document or phone"),
        help_text=_("It is stored as an irreversible code. Never enter a national identity number."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail address of their account"),
        help_text=_("Leave this empty if they have no account."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("kind", "typed", "residency", "area", "age_group", "email")
    area_missing = _("Choose the area where the person lives, works or studies.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The clerk answers for another person.
        self.fields["residency"].label = _("What is the person's connection to this area?")
        self.fields["area"].label = _("The person's area")
        self.fields["area"].help_text = _("Where they live, work or study.")
        self.fields["age_group"].label = _("The person's age group")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["account"] = None
        if cleaned.get("email"):
            account = active_account_at(cleaned["email"])
            cleaned["account"] = account
            if account is None:
                self.add_error("email", _("No account has this address. Correct it or leave it empty."))
        return cleaned


class RegisterUploadForm(forms.Form):
    """A register as a file."""

    file = forms.FileField(
        label=_("Residents' register"),
        help_text=_(
            "CSV in UTF-8 or XLSX, up to 20 MB. Columns: number, born, area and, "
            "optionally, participation and phone. Each row is stored as an irreversible "
            "code."
        ),
    )
    with_letters = forms.BooleanField(
        label=_("Create a letter code for each person"),
        help_text=_("The codes are shown only once, in a file for printing the letters."),
        required=False,
    )
