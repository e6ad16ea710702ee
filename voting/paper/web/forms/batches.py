"""A clerk's forms about paper ballots: printing, a batch, and the content of one ballot."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.i18n import current_language, localize, text_in
from rounds.models import Participation
from voting.paper import keyed
from voting.paper.models import KeyedBallot
from voting.polls import choices as sealing
from voting.polls.frozen import Paper, Rules


def paper_areas(rules: Rules, language: str) -> list[tuple[str, str]]:
    """Return the areas that papers of their own are for, by the paper's number, as choices."""
    return [(str(paper.number), text_in(paper.title, language)) for paper in rules.papers if paper.area_path]


class StackForm(forms.Form):
    """The voters of paper ballots: inside or outside, and the area of their ballots."""

    participation = forms.ChoiceField(
        label=_("Given to"),
        choices=[
            (Participation.RESIDENT, _("People who live, work or study here")),
            (Participation.OUTSIDE, _("People from outside")),
        ],
        initial=Participation.RESIDENT,
        widget=forms.RadioSelect,
    )
    area = forms.ChoiceField(label=_("Ballots in this vote"), required=False)

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = paper_areas(rules, current_language())
        field = self.fields["area"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("The ballot for everybody")), *areas]
        if not areas:
            del self.fields["area"]
        if rules.outside == "not_allowed":
            del self.fields["participation"]
        self._rules = rules

    @property
    def area_path(self) -> str:
        """The path of the area whose ballots they are; empty for those for everybody."""
        number = self.cleaned_data.get("area")
        paper = self._rules.paper(int(number)) if number else None
        return paper.area_path if paper else ""

    @property
    def papers(self) -> tuple[Paper, ...]:
        return self._rules.papers_for(self.area_path)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned.setdefault("participation", Participation.RESIDENT)
        if not self.errors and not self.papers:
            raise forms.ValidationError(_("This round has no ballot for everybody. Choose an area."))
        if not self.errors and self.area_path and cleaned["participation"] == Participation.OUTSIDE:
            raise forms.ValidationError(_("People from outside the area have only the ballot for everybody."))
        return cleaned


class SheetForm(StackForm):
    """The ballots to print, and their language."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("participation", "area"):
            if name in self.fields:
                self.fields[name].required = False


class BatchForm(StackForm):
    """A stack of papers, counted by hand."""

    declared = forms.IntegerField(
        label=_("Ballots in the batch"),
        help_text=_(
            "Count them by hand, twice, and number them from 1. Batches of up to fifty are easy to compare."
        ),
        min_value=1,
        max_value=500,
    )
    field_order = ("declared", "participation", "area")


class RecountForm(forms.Form):
    """A corrected number of papers, or the withdrawal of a batch."""

    declared = forms.IntegerField(label=_("Ballots in the batch"), required=False, min_value=1, max_value=500)
    reason = forms.CharField(label=_("Reason"), help_text=_("It is kept on record."), max_length=200)


class KeyingForm(forms.Form):
    """One paper as a clerk reads it: for each ballot paper the numbers of what was chosen."""

    says_optional = False

    sequence = forms.IntegerField(label=_("Number of the ballot in the batch"), min_value=1)
    is_blank = forms.BooleanField(label=_("The ballot is blank"), required=False)
    invalid = forms.ChoiceField(
        label=_("Is it valid?"),
        required=False,
        choices=[("", _("Yes")), *[(value, label) for value, label in KeyedBallot.Invalid.choices]],
        widget=forms.RadioSelect,
        initial="",
    )
    note = forms.CharField(label=_("Which other reason"), required=False, max_length=120)

    def __init__(self, *args: Any, papers: Sequence[Paper], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._papers = {f"paper-{paper.number}": paper for paper in papers}
        for name, paper in self._papers.items():
            if len(papers) > 1:
                title = localize(paper.title)
                label = str(_("Numbers marked on “%(paper)s”") % {"paper": title})
            else:
                label = str(_("Numbers of the marked projects"))
            if paper.kind.has_points:
                hint = _("A number and its points, for example 3:5 17:2.")
            elif paper.kind.value == "ordinal":
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
        for name, paper in self._papers.items():
            try:
                entries = keyed.read_typed(paper, cleaned.get(name) or "")
            except keyed.CannotRead as error:
                self.add_error(name, _typing_error(error, paper))
                continue
            if entries:
                choices[paper.number] = entries
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


def _typing_error(error: keyed.CannotRead, paper: Paper) -> str:
    if error.why == "unknown":
        return _("This ballot has no project %(typed)s.") % {"typed": error.typed}
    if error.why == "twice":
        return _("Project %(typed)s is entered twice.") % {"typed": error.typed}
    if paper.kind.has_points:
        return _("“%(typed)s” is not a number with points. Write, for example, 3:5.") % {"typed": error.typed}
    return _("“%(typed)s” is not the number of a project.") % {"typed": error.typed}
