"""Forms about proposals: texts, filters, comments."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from authorities.models import Category
from authorities.selectors import track_texts
from authorities.tracks import StandardTrack
from core.fields import AmountField
from core.i18n import current_language, text_in
from places.models import Area
from proposals import lifecycle
from proposals.filters import WHOLE
from proposals.models import TEXT_FIELDS, AssistedSubmission, Proposal, ProposalText
from rounds.models import Round


def named(rows: Iterable[Category | Area], language: str) -> list[tuple[int, str]]:
    """Return choices (id, name in the reader's language), in the order given."""
    return [(row.pk, text_in(row.name, language)) for row in rows]


def _own_names() -> list[tuple[str, str]]:
    """Languages, each by the name its readers know it by."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


def _spoken_own_names() -> list[tuple[str, str]]:
    """The same, marked as being in that language, for labels that a screen reader reads out."""
    return [(code, format_html('<span lang="{}">{}</span>', code, name)) for code, name in _own_names()]


class LanguageSelect(forms.Select):
    """A list of languages in which each option is marked as being in its own."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["lang"] = str(value)
        return option


def _place(value: str) -> int | None:
    return None if value == WHOLE else int(value)


class ProposalForm(forms.Form):
    """A proposal's text. Anything may be left out to save a draft; `complete` asks for what submitting needs.

    Fields are shown as needed either way, since in the end they are.
    """

    # No place is no answer: the whole of the area is one of the choices.
    NEEDED = (*(name for name in TEXT_FIELDS if name not in ProposalText.OPTIONAL), "area")

    # A submission needs what a draft can leave open.
    says_optional = False

    language = forms.ChoiceField(
        label=_("Language you write in"), choices=_spoken_own_names, widget=forms.RadioSelect
    )
    title = forms.CharField(
        label=_("Title"),
        help_text=_("What should be done, and where: “A bench in the park behind the library”."),
        max_length=120,
        error_messages={"required": _("Give your proposal a title.")},
    )
    body = forms.CharField(
        label=_("Description"),
        help_text=_(
            "What is the problem, who would benefit, and what should be built or done? Do "
            "not include people's names, phone numbers or addresses: everybody can read "
            "this."
        ),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 10}),
        required=False,
        error_messages={"required": _("Say what should be built or done, and who would benefit.")},
    )
    category = forms.TypedChoiceField(
        label=_("Category"),
        coerce=int,
        empty_value=None,
        error_messages={
            "required": _("Choose a category. It decides which department reviews the proposal.")
        },
    )
    area = forms.TypedChoiceField(
        label=_("Place"),
        coerce=_place,
        empty_value=None,
        error_messages={"required": _("Choose the place it is for, or the whole area.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        round: Round,
        categories: Sequence[Category],
        areas: Sequence[Area],
        complete: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        reader = current_language()
        self.categories = {row.pk: row for row in categories}
        self.areas = {row.pk: row for row in areas}
        self.fields["requested_cost_minor"] = AmountField(
            round.currency,
            label=_("What do you think it costs?"),
            help_text=_("An estimate is enough. The department that reviews it calculates the cost."),
            error_messages={"required": _("Say what you think it costs. An estimate is enough.")},
        )
        category, area = self.fields["category"], self.fields["area"]
        assert isinstance(category, forms.TypedChoiceField)
        assert isinstance(area, forms.TypedChoiceField)
        category.choices = [("", _("Choose a category")), *named(categories, reader)]
        whole = text_in(round.authority.area.name, reader)
        area.choices = [(WHOLE, _("All of %(area)s") % {"area": whole}), *named(areas, reader)]
        if self.initial.get("area") == "":
            # The place was divided since: the author says which part is meant.
            area.choices = [("", _("The place was divided or dissolved. Choose again")), *area.choices]
        self.order_fields(TEXT_FIELDS)
        self.complete = complete

    def full_clean(self) -> None:
        """Check what was typed; a draft may lack anything."""
        for name in self.NEEDED:
            self.fields[name].required = self.complete
        super().full_clean()
        for name in self.NEEDED:
            self.fields[name].required = True

    def clean_category(self) -> Category | None:
        chosen = self.cleaned_data["category"]
        return None if chosen is None else self.categories[chosen]

    def clean_area(self) -> Area | None:
        chosen = self.cleaned_data["area"]
        return None if chosen is None else self.areas[chosen]

    def text(self) -> dict[str, Any]:
        """Return the fields for `services.save_draft`. A place makes it a neighbourhood's proposal."""
        fields = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        if not fields["language"]:
            del fields["language"]
        fields["track"] = StandardTrack.DONG if fields["area"] is not None else StandardTrack.GENERAL
        return fields


SORTS = (
    ("newest", _("Newest")),
    ("supporters", _("Most supported")),
    ("cost", _("Lowest cost")),
    ("-cost", _("Highest cost")),
    ("random", _("Random")),
)


class FilterForm(forms.Form):
    """The words of a list's address, as a reader chooses them. What makes no sense narrows nothing."""

    says_optional = False

    q = forms.CharField(
        label=_("Search words"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    area = forms.ChoiceField(label=_("Place"), required=False)
    state = forms.ChoiceField(label=_("Status"), required=False)
    track = forms.ChoiceField(label=_("Kind of proposal"), required=False)

    def __init__(
        self,
        data: Any,
        *,
        round: Round,
        categories: Sequence[Category],
        areas: Sequence[Area],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        reader = current_language()
        everything = ("", _("All"))
        whole = text_in(round.authority.area.name, reader)
        self._choices(
            category=[(row.slug, text_in(row.name, reader)) for row in categories],
            area=[
                (WHOLE, _("All of %(area)s") % {"area": whole}),
                *((row.code, text_in(row.name, reader)) for row in areas),
            ],
            state=[(code, lifecycle.STATES[code].label) for code in lifecycle.ever_public()],
            track=[(code, text_in(text, reader)) for code, text in track_texts(round.authority.slug).items()],
        )
        for name in self.fields:
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [everything, *list(field.choices)]  # type: ignore[arg-type]  # no callable here
        for name, label in (("cost_from", _("Cost from")), ("cost_to", _("Cost up to"))):
            self.fields[name] = AmountField(round.currency, label=label, required=False)

    def _choices(self, **choices: Any) -> None:
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = values


class CommentForm(forms.Form):
    """A comment under a proposal."""

    text = forms.CharField(
        label=_("Your comment"),
        help_text=_("It is checked before others can read it. Leave out names and phone numbers."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write your comment first.")},
    )
    language = forms.ChoiceField(label=_("Language you write in"), choices=_own_names, widget=LanguageSelect)


class _AgreementForm(forms.Form):
    """A person's consent to the text submitted on their behalf, and their needs."""

    AGREED = ("how", "is_read_back", "has_priority", "contact")

    how = forms.ChoiceField(
        label=_("How did the person agree?"),
        choices=AssistedSubmission.Consent.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how the person agreed. Nothing can be submitted without it.")},
    )
    has_priority = forms.BooleanField(
        label=_("Older or disabled person: handle this first"),
        help_text=_("Ask the person. Only the priority is stored, not the reason."),
        required=False,
    )
    contact = forms.CharField(
        label=_("Where can we send an answer?"),
        help_text=_("A postal address or phone number, if they want one. Only the service desk sees it."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_read_back = forms.BooleanField(
        label=_(
            "I have read out both texts, the consent above and the text to be submitted, "
            "and the person agrees"
        ),
        error_messages={"required": _("Read out both texts first, then tick this when the person agrees.")},
    )

    def leave_out_contact(self) -> None:
        """Drop the field for a person with an account, who is written to there."""
        del self.fields["contact"]

    def agreement(self) -> dict[str, Any]:
        """Return what `services.Agreed` is made of."""
        typed = self.cleaned_data
        return {
            "how": typed["how"],
            "has_priority": typed["has_priority"],
            "contact": typed.get("contact", ""),
        }


class AssistedProposalForm(ProposalForm, _AgreementForm):
    """A proposal that a clerk writes down."""

    def text(self) -> dict[str, Any]:
        """Return the fields of the proposal alone."""
        return {name: value for name, value in super().text().items() if name not in self.AGREED}


class AssistedCommentForm(CommentForm, _AgreementForm):
    """A comment that a clerk writes down, and on which proposal."""

    code = forms.CharField(
        label=_("Proposal number"),
        help_text=_("You find it above the proposal's title."),
        max_length=30,
    )
    field_order = ("code", "text", "language")

    def __init__(self, data: Any = None, *, round: Round, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.round = round

    def clean_code(self) -> Proposal:
        code = self.cleaned_data["code"].strip()
        found = Proposal.objects.filter(round=self.round, code__iexact=code).public().first()
        if found is None:
            raise forms.ValidationError(_("No proposal in this round has this number."))
        found.round = self.round
        return found


class WithdrawForm(forms.Form):
    """A word about why; the author owes none."""

    explanation = forms.CharField(
        label=_("Why are you withdrawing it?"),
        help_text=_("Everybody can read this. You can leave it empty."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
