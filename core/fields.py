"""Form fields for what every app asks about a round in the same way."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import money
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
                _("Enter the amount in figures, for example 25,000,000."), code="amount"
            ) from error
        if not 0 < amount < 10**15:
            raise forms.ValidationError(_("Enter an amount above zero."), code="amount")
        return amount

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{money.major(value, self.currency):,f}"
        return value
