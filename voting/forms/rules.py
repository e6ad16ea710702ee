"""What officials type about the rules of a count: which one it is, and a trial of it."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.i18n import localize
from rounds import phrases
from rounds.fields import AmountField
from rounds.models import RuleSet
from voting import trials
from voting.exceptions import RuleNotCountable
from voting.frozen import Paper, Rules


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such subscript
    """How a round's ballots are counted, as the budget officer chooses it."""

    class Misfits(TextChoices):
        """What becomes of a project that the money left does not pay for, under most votes first."""

        SKIP = "skip", _("It is passed over, and the next one that fits is funded.")
        STOP = "stop", _("It ends the count.")
        TOP_UP = "top_up", _("It is funded all the same if most of its cost is left; then the count ends.")

    misfits = forms.ChoiceField(
        label=_("Most votes first: a project that does not fit the money left"),
        choices=Misfits,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = RuleSet
        fields = (
            "rule",
            "tie_order",
            "threshold",
            "misfits",
            "topup_percent",
            "utility",
            "completion",
            "comparison",
        )
        labels = {
            "rule": _("How winners are found"),
            "tie_order": _("Between equals"),
            "threshold": _("Fewest votes with which a project can be funded"),
            "topup_percent": _("Percentage of its cost that has to be left"),
            "utility": _("Equal shares: what a funded project is worth to those who chose it"),
            "completion": _("Equal shares: spend what is left over on most votes first"),
            "comparison": _(
                "Equal shares: let most votes first decide if more voters are better off with it"
            ),
        }
        help_texts = {
            "tie_order": _("Then the one with more points, then a draw from the published seed."),
            "threshold": _("Points, where people give points or rank projects."),
            "topup_percent": _("Only where such a project is funded all the same."),
        }
        widgets = {
            "rule": forms.RadioSelect,
            "tie_order": forms.RadioSelect,
            "utility": forms.RadioSelect,
        }

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = self.fields["rule"]
        assert isinstance(rule, forms.ChoiceField)
        rule.choices = [
            (value, format_html('{}<br><span class="pb-soft">{}</span>', label, phrases.RULES[value]))
            for value, label in RuleSet.Rule.choices
            if value != RuleSet.Rule.MAX_WELFARE
        ]
        rule.error_messages["invalid_choice"] = RuleNotCountable.message
        for name in ("tie_order", "utility"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            choices: Any = field.choices
            field.choices = [choice for choice in choices if choice[0]]
        self.fields["step"] = AmountField(
            currency,
            label=_("Raised equal shares: by how much each raise lifts every voter's share"),
            help_text=_(
                "Left empty, a small round sum that suits the budget. It is published with the frozen rules: "
                "a smaller raise uses the budget better, a larger one is counted sooner."
            ),
            required=False,
            initial=self.instance.step_minor,
        )
        if self.instance.topup_percent is not None:
            self.initial["misfits"] = self.Misfits.TOP_UP
        elif self.instance.stops_at_first_misfit:
            self.initial["misfits"] = self.Misfits.STOP
        else:
            self.initial["misfits"] = self.Misfits.SKIP

    def clean_threshold(self) -> int:
        threshold = int(self.cleaned_data["threshold"])
        if threshold < 1:
            raise forms.ValidationError(_("A project needs at least one vote."), code="threshold")
        return threshold

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        rule = cleaned.get("rule")
        # What was typed for a rule that is not chosen is left out.
        if rule != RuleSet.Rule.GREEDY or cleaned.get("misfits") != self.Misfits.TOP_UP:
            cleaned["topup_percent"] = None
        elif not 1 <= (cleaned.get("topup_percent") or 0) <= 100:
            self.add_error("topup_percent", _("Enter a percentage from 1 to 100."))
        if rule not in RuleSet.SHARES:
            cleaned |= {"utility": RuleSet.Utility.COST, "completion": False, "comparison": False}
        return cleaned

    @property
    def settings(self) -> dict[str, object]:
        """The fields of a RuleSet as they were chosen."""
        typed = self.cleaned_data
        names = ("rule", "tie_order", "threshold", "topup_percent", "utility", "completion", "comparison")
        fields = {name: typed[name] for name in names}
        if typed["rule"] == RuleSet.Rule.GREEDY:
            fields["stops_at_first_misfit"] = typed["misfits"] == self.Misfits.STOP
        if typed["rule"] == RuleSet.Rule.EQUAL_SHARES_ADD1:
            fields["step_minor"] = typed["step"]
        return fields


class TrialForm(forms.Form):
    """What a trial of the rules counts: made-up ballots of a paper, or those of a file."""

    paper = forms.ChoiceField(label=_("Ballot paper"))
    ballots = forms.IntegerField(
        label=_("Made-up ballots"), min_value=1, max_value=trials.MOST_BALLOTS, help_text=_("5,000 at most.")
    )
    seed = forms.CharField(
        label=_("Seed"), help_text=_("Any text. The same seed gives the same ballots."), max_length=64
    )
    file = forms.FileField(
        label=_("Or ballots of an earlier vote"),
        help_text=_("A file in Pabulib's format (.pb), up to 5 MB, with its own projects and budget."),
        required=False,
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["paper"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(paper.number), localize(paper.title)) for paper in rules.papers]
        if len(rules.papers) == 1:
            field.widget = forms.HiddenInput()
        self._rules = rules

    @property
    def chosen_paper(self) -> Paper:
        paper = self._rules.paper(int(self.cleaned_data["paper"]))
        assert paper is not None
        return paper

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > 5 * 1024 * 1024:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return file
