"""A moderator's decision."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.models import Decision
from proposals.exceptions import ExplanationTooShort


class DecisionForm(forms.Form):
    """Publish, or refuse by a rule and in words."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (Decision.Outcome.PUBLISH, _("Publish it")),
            (Decision.Outcome.REFUSE, _("Do not publish it, and give the reason")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )
    reason = forms.ChoiceField(
        label=_("If you do not publish it: which rule does it break?"),
        required=False,
    )
    explanation = forms.CharField(
        label=_("Explanation for the author"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
    )

    def __init__(
        self, data: Any = None, *, reasons: Sequence[tuple[str, str]], least: int, **kwargs: Any
    ) -> None:
        """Offer `reasons`, by code and text; ask for an explanation of at least `least` characters."""
        super().__init__(data, **kwargs)
        self.least = least
        self.fields["explanation"].help_text = _(
            "At least %(least)s characters. The author reads exactly what you write: say which "
            "part is meant and what would help."
        ) % {"least": least}
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose a rule")), *reasons]

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("outcome") == Decision.Outcome.REFUSE:
            if not typed.get("reason"):
                self.add_error("reason", _("Choose the rule that it breaks."))
            if len(typed.get("explanation", "")) < self.least:
                self.add_error("explanation", ExplanationTooShort(least=self.least))
        return typed
