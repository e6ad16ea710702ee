"""Officials' forms about counting rules: choosing one, and trying them."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.i18n import localize
from voting import rules
from voting.polls import trials
from voting.polls.exceptions import RuleNotCountable
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules


class RuleForm(forms.Form):
    """The budget officer's choice of a counting rule, with settings of each rule."""

    rule = forms.ChoiceField(
        label=_("How winners are determined"),
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": RuleNotCountable.message},
    )
    tie_order = forms.ChoiceField(
        label=_("Tie-breaking"),
        help_text=_("Then the one with more points; then lots are drawn with the published seed."),
        choices=rules.TieOrder,
        widget=forms.RadioSelect,
    )
    threshold = forms.IntegerField(
        label=_("Minimum number of votes for a project to be funded"),
        help_text=_("Points, if voters give points or rank projects."),
        min_value=1,
        max_value=2**31 - 1,
        error_messages={"min_value": _("A project needs at least one vote.")},
    )

    def __init__(self, data: Any, *, settings: rules.Settings, currency: str) -> None:
        initial = {name: getattr(settings, name) for name in self.base_fields}
        initial |= {setting.field_name: setting.initial(settings) for setting in rules.all_settings()}
        super().__init__(data, initial=initial)
        rule = self.fields["rule"]
        assert isinstance(rule, forms.ChoiceField)
        rule.choices = [
            (each.code, format_html('{}<br><span class="pb-soft">{}</span>', each.label, each.sentence))
            for each in rules.deciding()
        ]
        for setting in rules.all_settings():
            self.fields[setting.field_name] = setting.field(currency)
        self.chosen: dict[str, object] = {}

    def clean(self) -> dict[str, Any]:
        """Read the chosen rule and its settings into `chosen`; what was typed for other rules is left out."""
        cleaned = super().clean() or {}
        self.chosen = {name: cleaned.get(name) for name in self.base_fields}
        rule = rules.RULES.get(cleaned.get("rule", ""))
        for setting in rule.settings if rule else ():
            try:
                self.chosen[setting.name] = setting.typed(cleaned)
            except forms.ValidationError as error:
                self.add_error(setting.field_name, error)
        return cleaned


class TrialForm(forms.Form):
    """The ballots of a trial of the rules: simulated ones, or those of a file."""

    paper = forms.ChoiceField(label=pgettext_lazy("set up by officials", "Ballot"))
    ballots = forms.IntegerField(
        label=_("Simulated ballots"), min_value=1, max_value=trials.MOST_BALLOTS, help_text=_("Up to 5,000.")
    )
    seed = forms.CharField(
        label=_("Seed"), help_text=_("Any text. The same seed gives the same ballots."), max_length=64
    )
    file = forms.FileField(
        label=_("Or ballots from an earlier vote"),
        help_text=_("A file in the Pabulib format (.pb), up to 5 MB, with its own projects and budget."),
        required=False,
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, rules: FrozenRules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["paper"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(ballot_style.number), localize(ballot_style.title)) for ballot_style in rules.ballot_styles
        ]
        if len(rules.ballot_styles) == 1:
            field.widget = forms.HiddenInput()
        self._rules = rules

    @property
    def chosen_paper(self) -> FrozenBallotStyle:
        ballot_style = self._rules.ballot_style(int(self.cleaned_data["paper"]))
        assert ballot_style is not None
        return ballot_style

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > 5 * 1024 * 1024:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return file
