"""A later close of a vote, as an official asks for it."""

from datetime import date
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.fields import MomentField, example_day


class ExtensionForm(forms.Form):
    """Until when a vote is to stay open, in the round's own time, and why."""

    closes_at = MomentField(
        label=_("New closing time"),
        help_text=format_lazy(
            _("Day and time in the time zone of the round, for example {day} 18:00."),
            day=example_day(date(2026, 5, 31)),
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Voters read it on the ballot page and next to the frozen rules."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, time_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closes_at"].zone = time_zone  # type: ignore[attr-defined]
