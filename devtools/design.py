"""The living style page at /design/ (development only): every component, filled in each language.

The words here are samples, not interface texts; interface texts are translated through the catalogues.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.i18n import current_language
from core.web.pages import public_page


@dataclass(frozen=True)
class SampleZone:
    time_zone: str = "Asia/Seoul"


@dataclass(frozen=True)
class SamplePhase:
    name: str
    opens_at: datetime
    closes_at: datetime
    state: str


# Texts by language; see the file for the keys.
SAMPLES = json.loads((Path(__file__).parent / "design_samples.json").read_text(encoding="utf-8"))


class SampleForm(forms.Form):
    """One of each control; a title under five characters is refused, to show an error."""

    title = forms.CharField(max_length=100)
    text = forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))
    cost = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "pb-input--money"})
    )
    area = forms.ChoiceField()
    kind = forms.ChoiceField(widget=forms.RadioSelect)
    topics = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, required=False)
    day = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date", "class": "pb-input--date"})
    )
    photo = forms.FileField(required=False)
    agree = forms.BooleanField()

    def __init__(
        self, data: dict[str, str] | None, words: dict[str, Any], place: str, prefix: str | None = None
    ) -> None:
        super().__init__(data, prefix=prefix)
        self.words = words
        fields = self.fields
        for name, key in (
            ("title", "label"),
            ("text", "long"),
            ("cost", "cost"),
            ("area", "area"),
            ("kind", "kind"),
            ("topics", "topics"),
            ("day", "day"),
            ("photo", "photo"),
            ("agree", "agree"),
        ):
            fields[name].label = str(words[key])
        fields["title"].help_text = str(words["hint"])
        choices = [(str(index), word) for index, word in enumerate(words["kinds"])]
        fields["kind"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField has choices
        fields["topics"].choices = choices  # type: ignore[attr-defined]
        fields["area"].choices = [("1", place)]  # type: ignore[attr-defined]
        fields["cost"].widget.attrs["data-suffix"] = "KRW"

    def clean_title(self) -> str:
        title = str(self.cleaned_data["title"])
        if len(title) < 5:
            raise ValidationError(str(self.words["missing"]))
        return title


@public_page()
def design(request: HttpRequest) -> HttpResponse:
    """Show every component; the language switcher fills them in another language."""
    language = current_language()
    sample = SAMPLES[language]
    words = sample["words"]
    form = SampleForm({"title": "abc"} if "errors" in request.GET else None, words, sample["area"])
    period = [(7, 1, 7, 31), (8, 1, 8, 31), (9, 1, 10, 1), (11, 20, 12, 20)]
    phases = [
        SamplePhase(
            str(name),
            datetime(2025, first_month, first, 0, tzinfo=UTC),
            datetime(2025, last_month, last, 15, tzinfo=UTC),
            state,
        )
        for name, (first_month, first, last_month, last), state in zip(
            sample["steps"], period, ["past", "past", "current", "future"], strict=True
        )
    ]
    page: Page[int] = Paginator(range(420), 20).page(4)
    counts = [112, 89, 135, 41, 34, 9]
    return render(
        request,
        "pbplatform/design.html",
        {
            "s": sample,
            "w": words,
            "form": form,
            "filter": SampleForm(None, words, sample["area"], prefix="filter"),
            "zone": SampleZone(),
            "phases": phases,
            "page": page,
            "counts": counts,
            "funnel": [
                {"name": name, "count": count} for name, count in zip(sample["funnel"], counts, strict=True)
            ],
            "authority": {
                "name": {"ko": "강남구", "en": "Gangnam-gu", "th": "เขตคังนัม", "vi": "Quận Gangnam"}
            },
            "other": {"ko": SAMPLES["ko"]["title"]},
            "tones": ["info", "success", "warning", "error"],
        },
        status=422 if form.errors else 200,
    )
