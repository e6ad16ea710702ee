"""A clerk's forms about paper ballots: printing, a batch, and the content of one ballot."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.i18n import current_language, localize, text_in
from rounds.models import Residency
from voting.paper import transcription
from voting.paper.models import TranscribedBallot
from voting.polls import choices as sealing
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules


def ballot_style_areas(rules: FrozenRules, language: str) -> list[tuple[str, str]]:
    """Return the areas that papers of their own are for, by the paper's number, as choices."""
    return [
        (str(ballot_style.number), text_in(ballot_style.title, language))
        for ballot_style in rules.ballot_styles
        if ballot_style.area_path
    ]


class VoterGroupForm(forms.Form):
    """The voters of paper ballots: inside or outside, and the area of their ballots."""

    residency = forms.ChoiceField(
        label=_("Given to"),
        choices=[
            (Residency.RESIDENT, _("People who live, work or study here")),
            (Residency.OUTSIDE, _("People from outside")),
        ],
        initial=Residency.RESIDENT,
        widget=forms.RadioSelect,
    )
    area = forms.ChoiceField(label=_("Ballots in this vote"), required=False)

    def __init__(self, *args: Any, rules: FrozenRules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = ballot_style_areas(rules, current_language())
        field = self.fields["area"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("The ballot for everybody")), *areas]
        if not areas:
            del self.fields["area"]
        if rules.outside == "not_allowed":
            del self.fields["residency"]
        self._rules = rules

    @property
    def area_path(self) -> str:
        """The path of the area whose ballots they are; empty for those for everybody."""
        number = self.cleaned_data.get("area")
        ballot_style = self._rules.ballot_style(int(number)) if number else None
        return ballot_style.area_path if ballot_style else ""

    @property
    def ballot_styles(self) -> tuple[FrozenBallotStyle, ...]:
        return self._rules.ballot_styles_for(self.area_path)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned.setdefault("residency", Residency.RESIDENT)
        if not self.errors and not self.ballot_styles:
            raise forms.ValidationError(_("This round has no ballot for everybody. Choose an area."))
        if not self.errors and self.area_path and cleaned["residency"] == Residency.OUTSIDE:
            raise forms.ValidationError(_("People from outside the area have only the ballot for everybody."))
        return cleaned


class SheetForm(VoterGroupForm):
    """The ballots to print, and their language."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("residency", "area"):
            if name in self.fields:
                self.fields[name].required = False


class BatchForm(VoterGroupForm):
    """A stack of papers, counted by hand."""

    declared = forms.IntegerField(
        label=_("Ballots in the batch"),
        help_text=_(
            "Count them by hand, twice, and number them from 1. Batches of up to fifty are easy to compare."
        ),
        min_value=1,
        max_value=500,
    )
    field_order = ("declared", "residency", "area")


class RecountForm(forms.Form):
    """A corrected number of papers, or the withdrawal of a batch."""

    declared = forms.IntegerField(label=_("Ballots in the batch"), required=False, min_value=1, max_value=500)
    reason = forms.CharField(label=_("Reason"), help_text=_("It is kept on record."), max_length=200)


class TranscriptionForm(forms.Form):
    """One paper as a clerk reads it: for each ballot paper the numbers of what was chosen."""

    says_optional = False

    sequence = forms.IntegerField(label=_("Number of the ballot in the batch"), min_value=1)
    is_blank = forms.BooleanField(label=_("The ballot is blank"), required=False)
    invalid = forms.ChoiceField(
        label=_("Is it valid?"),
        required=False,
        choices=[("", _("Yes")), *[(value, label) for value, label in TranscribedBallot.Invalid.choices]],
        widget=forms.RadioSelect,
        initial="",
    )
    note = forms.CharField(label=_("Which other reason"), required=False, max_length=120)

    def __init__(self, *args: Any, ballot_styles: Sequence[FrozenBallotStyle], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._papers = {f"paper-{ballot_style.number}": ballot_style for ballot_style in ballot_styles}
        for name, ballot_style in self._papers.items():
            if len(ballot_styles) > 1:
                title = localize(ballot_style.title)
                label = str(_("Numbers marked on “%(paper)s”") % {"paper": title})
            else:
                label = str(_("Numbers of the marked projects"))
            if ballot_style.kind.has_points:
                hint = _("A number and its points, for example 3:5 17:2.")
            elif ballot_style.kind.value == "ordinal":
                hint = _("The favourite first, for example 17 3 42.")
            else:
                hint = _("Separate them with spaces, for example 3 17 42.")
            self.fields[name] = forms.CharField(
                label=label,
                help_text=hint,
                required=False,
                max_length=2000,
                # No numeric keypad: it has neither the space nor the colon that separate them.
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
        self.order_fields(["sequence", *self._papers, "is_blank", "invalid", "note"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        choices: dict[int, list[sealing.Entry]] = {}
        for name, ballot_style in self._papers.items():
            try:
                entries = transcription.read_typed(ballot_style, cleaned.get(name) or "")
            except transcription.CannotRead as error:
                self.add_error(name, _typing_error(error, ballot_style))
                continue
            if entries:
                choices[ballot_style.number] = entries
        cleaned["choices"] = choices
        if self.errors:
            return cleaned
        is_unread = cleaned.get("invalid") in ("unreadable", "identifying", "other")
        if choices and (cleaned.get("is_blank") or is_unread):
            self.add_error(
                "is_blank" if cleaned.get("is_blank") else "invalid",
                _("There are numbers as well. Clear them, or choose something else here."),
            )
        elif (
            not choices
            and not cleaned.get("is_blank")
            and not is_unread
            and cleaned.get("invalid") != "blank"
        ):
            self.add_error(None, _("Enter the numbers, or say that the ballot is blank."))
        return cleaned


def _typing_error(error: transcription.CannotRead, ballot_style: FrozenBallotStyle) -> str:
    if error.why == "unknown":
        return _("This ballot has no project %(typed)s.") % {"typed": error.typed}
    if error.why == "twice":
        return _("Project %(typed)s is entered twice.") % {"typed": error.typed}
    if ballot_style.kind.has_points:
        return _("“%(typed)s” is not a number with points. Write, for example, 3:5.") % {"typed": error.typed}
    return _("“%(typed)s” is not the number of a project.") % {"typed": error.typed}
