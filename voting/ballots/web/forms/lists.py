"""Narrowing of the lists that residents read: the projects of a ballot paper, the results."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import money
from core.i18n import current_language, text_in
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules, Option

# Value for projects that are in no single area.
_EVERYWHERE = "-"


class OptionsForm(forms.Form):
    """Narrowing of the list of projects."""

    says_optional = False

    q = forms.CharField(label=_("Words in the title"), required=False, max_length=60)
    category = forms.ChoiceField(label=_("Category"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)
    cost = forms.ChoiceField(label=_("Cost"), required=False)
    picked = forms.BooleanField(label=_("Only my choices"), required=False)
    sort = forms.CharField(required=False, widget=forms.HiddenInput)
    paper = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, ballot_style: FrozenBallotStyle, rules: FrozenRules, language: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        options = list(ballot_style.options.values())
        used_categories = {option.category for option in options}
        used_areas = {option.area for option in options if option.area}
        self._set_choices("category", _named(rules.categories, used_categories, language))
        everywhere = (
            [(_EVERYWHERE, _("For the whole area"))] if any(not option.area for option in options) else []
        )
        self._set_choices("area", [*everywhere, *_named(rules.areas, used_areas, language)])
        self._set_choices("cost", _cost_bands(options, rules.currency))
        if not used_areas:
            del self.fields["area"]

    def _set_choices(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *choices]

    def keep(self, options: Sequence[Option], chosen: set[str]) -> list[Option]:
        """Return the lines that pass every filter that could be read."""
        wanted = getattr(self, "cleaned_data", {})
        words = wanted.get("q", "").casefold().split()
        cost = wanted.get("cost", "")
        low, high = (int(part) for part in cost.split("-")) if cost else (0, 1 << 62)
        return [
            option
            for option in options
            if (not wanted.get("category") or option.category == wanted["category"])
            and (not wanted.get("area") or (option.area or _EVERYWHERE) == wanted["area"])
            and low <= option.cost_minor < high
            and (not wanted.get("picked") or option.code in chosen)
            and all(any(word in text.casefold() for text in _texts(option)) for word in words)
        ]


def _texts(option: Option) -> list[str]:
    return [*option.title.values(), *option.summary.values(), option.code]


def _named(names: Any, used: set[str], language: str) -> list[tuple[str, str]]:
    return sorted(
        ((key, text_in(texts, language)) for key, texts in names.items() if key in used),
        key=lambda choice: choice[1],
    )


def _cost_bands(options: Sequence[Option], currency: str) -> list[tuple[str, Any]]:
    """Three bands with about equally many projects; bounds have two digits that are not zero."""
    costs = sorted(option.cost_minor for option in options)
    if len(set(costs)) < 3:
        return []
    bounds = [_round_down(costs[len(costs) * part // 3]) for part in (1, 2)]
    if bounds[0] == bounds[1]:
        return []
    digits = [money.written(bound, currency, current_language()) for bound in bounds]
    return [
        (f"0-{bounds[0]}", _("below %(high)s") % {"high": digits[0]}),
        (f"{bounds[0]}-{bounds[1]}", _("%(low)s to %(high)s") % {"low": digits[0], "high": digits[1]}),
        (f"{bounds[1]}-{1 << 62}", _("%(low)s and above") % {"low": digits[1]}),
    ]


def _round_down(amount: int) -> int:
    unit = int("1" + "0" * max(len(str(amount)) - 2, 0))
    return amount // unit * unit


class ResultsForm(forms.Form):
    """Looking for a project among the results."""

    says_optional = False

    q = forms.CharField(label=_("Find a project"), required=False, max_length=60)

    @property
    def words(self) -> list[str]:
        """The search words; empty if they cannot be read."""
        return str(self.cleaned_data.get("q", "")).split() if self.is_bound and self.is_valid() else []
