"""A later close of a vote, as an official asks for it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _


class ExtensionForm(forms.Form):
    """Until when a vote is to stay open, in the round's own time, and why."""

    closes_at = forms.DateTimeField(
        label=_("Voting is to close at"),
        help_text=_("Day and time in the time zone of the round, for example 2026-05-31 18:00."),
        input_formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Voters read it on the ballot page and beside the frozen rules."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, time_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = ZoneInfo(time_zone)

    def clean_closes_at(self) -> datetime:
        # Django reads the time in the site's zone; what was typed is meant in the round's.
        typed: datetime = self.cleaned_data["closes_at"]
        return typed.replace(tzinfo=self._zone)
