"""What a moderator decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.models import Decision
from proposals.exceptions import ExplanationTooShort
from proposals.grounds import SCREENING, SHORTEST_EXPLANATION


class DecisionForm(forms.Form):
    """Publish, or refuse by a rule and in words."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (Decision.Outcome.PUBLISH, _("Publish it")),
            (Decision.Outcome.REFUSE, _("Do not publish it, and say why")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )
    ground = forms.ChoiceField(
        label=_("If it is not published: which rule?"),
        choices=[("", _("Choose a rule")), *((ground.value, ground.label) for ground in SCREENING)],
        required=False,
    )
    explanation = forms.CharField(
        label=_("Explanation for the author"),
        help_text=_(
            "At least 20 characters. The author reads it as you write it: say which part is meant and what"
            " would help."
        ),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("outcome") == Decision.Outcome.REFUSE:
            if not typed.get("ground"):
                self.add_error("ground", _("Choose the rule it breaks."))
            if len(typed.get("explanation", "")) < SHORTEST_EXPLANATION:
                self.add_error("explanation", ExplanationTooShort(least=SHORTEST_EXPLANATION))
        return typed
