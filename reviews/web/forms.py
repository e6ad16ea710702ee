"""Forms of a review: its conclusion, and handing it over."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from authorities.models import Department
from authorities.selectors import settings_of
from core.fields import AmountField
from core.i18n import current_language, text_in
from proposals.models import Proposal


class ConclusionForm(forms.Form):
    """The conclusion of a review; each conclusion asks for its own fields."""

    FEASIBLE, INELIGIBLE, REFER, MERGE = "feasible", "ineligible", "refer", "merge"

    conclusion = forms.ChoiceField(
        label=_("Conclusion"),
        choices=[
            (FEASIBLE, _("Feasible: within our powers and possible to carry out")),
            (INELIGIBLE, _("Not eligible: the rules do not allow it")),
            (REFER, _("Refer: another authority is responsible")),
            (MERGE, _("Merge: another proposal asks for the same thing")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the conclusion of the review.")},
    )
    reason = forms.ChoiceField(
        label=_("If it is not eligible: which rule?"),
        required=False,
    )
    referred_to = forms.CharField(
        label=_("If it is referred: to which authority?"), max_length=120, required=False
    )
    merged_into = forms.CharField(
        label=_("If it is merged: into which proposal?"),
        help_text=_("Its number, for example that of a similar proposal listed here."),
        max_length=30,
        required=False,
    )
    explanation = forms.CharField(
        label=_("Explanation"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
    )

    def __init__(
        self, data: Any = None, *, proposal: Proposal, reasons: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        """Ask how the review of `proposal` ends; `reasons` to find it not eligible by code and text."""
        super().__init__(data, **kwargs)
        self.proposal = proposal
        self.fields["explanation"].help_text = _(
            "Required unless the proposal is feasible. At least %(least)s characters. The author "
            "and the public read exactly what you write."
        ) % {"least": settings_of(proposal.round.authority_id).shortest_explanation}
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)
        reason.choices = [("", _("Choose a rule")), *reasons]
        self.fields["cost_minor"] = AmountField(
            proposal.round.currency,
            label=_("If it is feasible: what does it cost?"),
            help_text=_("The cost found by the review. It is printed on the ballot."),
            required=False,
        )
        self.order_fields(["conclusion", "cost_minor", "reason", "referred_to", "merged_into", "explanation"])

    def clean(self) -> None:
        conclusion = self.cleaned_data.get("conclusion")
        needs = {
            self.FEASIBLE: ("cost_minor", _("Enter the cost found by the review.")),
            self.INELIGIBLE: ("reason", _("Choose the rule that does not allow it.")),
            self.REFER: ("referred_to", _("Name the authority that is responsible.")),
            self.MERGE: ("merged_into", _("Enter the number of the other proposal.")),
        }.get(conclusion or "")
        if needs is not None and needs[0] not in self.errors and not self.cleaned_data.get(needs[0]):
            self.add_error(needs[0], needs[1])
        if conclusion == self.MERGE and self.cleaned_data.get("merged_into"):
            other = Proposal.objects.filter(
                round=self.proposal.round, code__iexact=self.cleaned_data["merged_into"].strip()
            ).first()
            if other is None:
                self.add_error("merged_into", _("No proposal in this round has this number."))
            self.cleaned_data["merged_into"] = other


class ReassignForm(forms.Form):
    """Another department for a review that landed on the wrong desk."""

    department = forms.TypedChoiceField(
        label=_("Department"),
        coerce=int,
        error_messages={"invalid_choice": _("Choose a department from the list.")},
    )

    def __init__(self, data: Any = None, *, departments: Sequence[Department], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        reader = current_language()
        self.departments = {row.pk: row for row in departments}
        field = self.fields["department"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(row.pk, text_in(row.name, reader)) for row in departments]

    def clean_department(self) -> Department:
        return self.departments[self.cleaned_data["department"]]
