"""The budget officer's forms for setting up or changing a ballot."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from authorities.models import Category
from core.fields import AmountField
from core.i18n import localize
from places.models import Area
from voting.polls.models import BallotStyle, Poll


class BallotStyleForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such subscript
    """The way a ballot is filled in, as set by the budget officer."""

    receipt_mode = forms.ChoiceField(
        label=_("What a receipt code shows after publication"),
        choices=Poll.ReceiptMode,
        initial=Poll.ReceiptMode.OPEN,
        widget=forms.RadioSelect,
        help_text=_(
            "“Counted as chosen” lets every voter check their ballot, but also lets them "
            "show it to others. Choose “recorded only” if votes might be bought."
        ),
    )

    without_account = forms.BooleanField(
        label=_("People can vote without an account"),
        required=False,
        help_text=_(
            "They confirm who they are and cast their ballot. Only the ballot is kept. "
            "This is frozen with the rules."
        ),
    )

    class Meta:
        model = BallotStyle
        fields = (
            "kind",
            "budget_minor",
            "min_choices",
            "max_choices",
            "ballot_budget_minor",
            "points",
            "points_per_project",
            "allows_blank",
        )
        labels = {
            "kind": _("How people vote"),
            "budget_minor": _("Budget that this ballot decides about"),
            "min_choices": _("Minimum number of projects on a ballot"),
            "max_choices": _("Maximum number of projects on a ballot"),
            "ballot_budget_minor": _("Maximum total cost of the chosen projects"),
            "points": _("Points for each voter"),
            "points_per_project": _("Maximum points for one project"),
            "allows_blank": _("Blank ballots are allowed"),
        }
        help_texts = {
            "points": _("Only if voters give points."),
            "points_per_project": _("Only if voters give points."),
        }
        widgets = {"kind": forms.RadioSelect}

    areas = forms.MultipleChoiceField(
        label=_("Areas with their own ballot"),
        help_text=_(
            "People of the area get this ballot in addition to the one for everybody. Only "
            "this ballot lists the projects of the area."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *args: Any,
        categories: Sequence[Category],
        areas: Sequence[Area] = (),
        budget_left: int,
        currency: str,
        **kwargs: Any,
    ) -> None:
        """`areas` may get a paper of their own; `budget_left` is what other papers leave of the round's."""
        super().__init__(*args, **kwargs)
        for name in ("budget_minor", "ballot_budget_minor"):
            self.fields[name] = AmountField(currency, label=self.fields[name].label, required=False)
        self._budget_left = budget_left
        if areas:
            field = self.fields["areas"]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(str(area.pk), localize(area.name)) for area in areas]
            self.fields["area_budget_minor"] = AmountField(
                currency, label=_("Budget of each area's ballot"), required=False
            )
        else:
            del self.fields["areas"]
        self._most_of = {f"most-{category.slug}": category.slug for category in categories}
        limits = self.instance.max_per_category
        for category in categories if len(categories) > 1 else ():
            name = localize(category.name)
            self.fields[f"most-{category.slug}"] = forms.IntegerField(
                label=str(_("Maximum number of projects in “%(category)s”") % {"category": name}),
                required=False,
                min_value=1,
                max_value=999,
                initial=limits.get(category.slug),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        if kind == BallotStyle.Kind.KNAPSACK and not cleaned.get("ballot_budget_minor"):
            self.add_error("ballot_budget_minor", _("Enter how much one ballot can spend."))
        if kind == BallotStyle.Kind.CUMULATIVE:
            if not cleaned.get("points"):
                self.add_error("points", _("Enter how many points each voter can give."))
        else:
            cleaned["points"] = cleaned["points_per_project"] = None
        most, fewest = cleaned.get("max_choices"), cleaned.get("min_choices")
        if most is not None and fewest is not None and most < max(fewest, 1):
            self.add_error("max_choices", _("The maximum cannot be lower than the minimum."))
        if any(name in self.fields for name in self._most_of):
            cleaned["max_per_category"] = {
                slug: cleaned[name] for name, slug in self._most_of.items() if cleaned.get(name)
            }
        for name in self._most_of:
            cleaned.pop(name, None)
        self._clean_budgets(cleaned)
        return cleaned

    def _clean_budgets(self, cleaned: dict[str, Any]) -> None:
        areas, of_area = cleaned.get("areas") or (), cleaned.get("area_budget_minor")
        if areas and not of_area and "area_budget_minor" not in self.errors:
            self.add_error("area_budget_minor", _("Enter the budget that each area's ballot decides about."))
        if cleaned.get("budget_minor") is None:
            # Left empty it stays what it is, and on a new paper it is what the others leave.
            cleaned.pop("budget_minor", None)
            if self.instance.pk is None and not self.errors:
                cleaned["budget_minor"] = self._budget_left - len(areas) * (of_area or 0)
        total = (cleaned.get("budget_minor") or 0) + len(areas) * (of_area or 0)
        if not self.errors and (total > self._budget_left or cleaned.get("budget_minor", 1) < 1):
            self.add_error(
                "area_budget_minor" if areas else "budget_minor",
                _("Together, the ballots would decide about more than the budget of the round."),
            )
