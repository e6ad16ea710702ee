"""Form fields for what every app asks about a round in the same way."""

import re
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from core import formats, money
from core.i18n import current_language

_AMOUNT = {"inputmode": "numeric", "autocomplete": "off", "class": "pb-input--money"}


class AmountField(forms.CharField):
    """A sum of money as people type it; gives minor units of `currency`, or None where left empty."""

    def __init__(self, currency: str, **kwargs: Any) -> None:
        attrs = {**_AMOUNT, "data-suffix": money.affix(currency, current_language())}
        super().__init__(max_length=25, widget=forms.TextInput(attrs=attrs), **kwargs)
        self.currency = currency

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            amount = money.parse(text, self.currency)
        except ValueError as error:
            raise forms.ValidationError(
                _("Enter the amount in numbers, for example 25,000,000."), code="amount"
            ) from error
        if not 0 < amount < 10**15:
            raise forms.ValidationError(_("Enter an amount greater than zero."), code="amount")
        return amount

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{money.major(value, self.currency):,f}"
        return value


_NUMBERS = re.compile(r"[\s./년월일-]+")
_CLOCK = re.compile(r"(?:^|[\sT])([01]?\d|2[0-3])[:.]([0-5]\d)(?:\s*น\.)?$")
# Nobody types a later year of the common era; a greater one is of the Buddhist Era.
_LAST_COMMON_YEAR = 2300


def parse_day(text: str) -> date:
    """Return the day typed as year, month, day or day, month, year; years also of the Buddhist Era.

    The four-digit year tells the two orders apart; a month never comes first. Raises ValueError.
    """
    parts = [part for part in _NUMBERS.split(text.strip()) if part]
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        raise ValueError(text)
    if len(parts[0]) != 4:
        parts.reverse()
    year, month, day = map(int, parts)
    if len(parts[0]) != 4 or len(parts[1]) > 2 or len(parts[2]) > 2:
        raise ValueError(text)
    if year > _LAST_COMMON_YEAR:
        year -= formats.BUDDHIST_ERA
    return date(year, month, day)


def _written(day: date) -> str:
    return formats.typed_date(day, current_language())


def example_day(day: date) -> Any:
    """Return a day as the reader would type it, lazily: for the examples in help texts."""
    return lazy(_written, str)(day)


class DayField(forms.CharField):
    """A day, typed in the reader's order; gives a date, or None if left empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_day(text)
        except ValueError as error:
            raise forms.ValidationError(
                _("Enter the day, month and year, for example %(day)s."),
                code="invalid",
                params={"day": _written(date(1990, 12, 31))},
            ) from error

    def prepare_value(self, value: Any) -> Any:
        return _written(value) if isinstance(value, date) else value


class MomentField(forms.CharField):
    """A day and a time, typed in the reader's order and the time zone `zone`; gives an aware datetime."""

    def __init__(self, zone: str = "UTC", **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)
        self.zone = zone

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        at = _CLOCK.search(text)
        try:
            if at is None:
                raise ValueError(text)
            day = parse_day(text[: at.start()])
        except ValueError as error:
            raise forms.ValidationError(
                _("Enter the day and the time, for example %(day)s 18:00."),
                code="invalid",
                params={"day": _written(date(2026, 5, 31))},
            ) from error
        return datetime.combine(day, time(int(at[1]), int(at[2])), tzinfo=ZoneInfo(self.zone))
