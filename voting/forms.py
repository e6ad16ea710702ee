"""The shape of what voters and officials type."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from rounds import money
from rounds.multilingual import choose
from voting import sealing
from voting.frozen import Line, Paper, Rules
from voting.models import BallotPaper, Poll
from voting.services import Envelope

# "choice-1=GN-2025-0001" or, with points, "choice-1=GN-2025-0001:3".
_CHOICE_FIELD = re.compile(r"choice-([1-9][0-9]{0,3})")
_CHOICE = re.compile(r"([^\s:]{1,30})(?::([0-9]{1,4}))?")


class BallotForm(forms.Form):
    """A whole ballot as the review page posts it, with the receipt code or what the browser made of one."""

    receipt_code = forms.CharField(required=False)
    log_ref = forms.RegexField(r"\A[0-9a-f]{64}\Z", required=False)
    ballot_ref = forms.RegexField(r"\A[0-9a-f]{32}\Z", required=False)
    nonce = forms.RegexField(r"\A[0-9a-f]{64}\Z", required=False)
    commitment = forms.RegexField(r"\A[0-9a-f]{64}\Z", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        made_in_browser = [cleaned.get(name) for name in ("log_ref", "ballot_ref", "nonce", "commitment")]
        cleaned["envelope"] = None
        if all(made_in_browser):
            log_ref, ballot_ref, nonce, commitment = (bytes.fromhex(str(part)) for part in made_in_browser)
            cleaned["envelope"] = Envelope(sealing.References(log_ref, ballot_ref, nonce), commitment)
        else:
            try:
                cleaned["code"] = sealing.read_code(cleaned.get("receipt_code", ""))
            except ValueError:
                raise forms.ValidationError(
                    _("The receipt code did not arrive whole. Load the page again and cast once more."),
                    code="receipt_code",
                ) from None
        assert isinstance(self.data, QueryDict)
        cleaned["choices"] = read_choices(self.data)
        return cleaned


class ReceiptForm(forms.Form):
    """A receipt code as somebody types it; cleaned, its bytes."""

    receipt_code = forms.CharField(
        label=_("Receipt code"),
        help_text=_(
            "21 letters and figures, such as ARF8N-N6QAT-NYSK0-BHWS3-P. Dashes and case do not matter."
        ),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )

    def clean_receipt_code(self) -> bytes:
        try:
            return sealing.read_code(self.cleaned_data["receipt_code"])
        except ValueError:
            raise forms.ValidationError(
                _("This is not a receipt code: it has 21 letters and figures. Compare it with your receipt."),
                code="receipt_code",
            ) from None


def read_choices(posted: QueryDict) -> dict[int, list[sealing.Entry]]:
    """Return the choices of a post, paper by paper, as typed. Raises ValidationError if unreadable."""
    choices: dict[int, list[sealing.Entry]] = {}
    for name in posted:
        field = _CHOICE_FIELD.fullmatch(name)
        if field is None:
            continue
        entries = choices.setdefault(int(field[1]), [])
        for value in posted.getlist(name):
            choice = _CHOICE.fullmatch(value)
            if choice is None:
                raise forms.ValidationError(
                    _("A choice on this ballot could not be read. Go back to the list of projects."),
                    code="unreadable",
                )
            entries.append((choice[1], int(choice[2])) if choice[2] is not None else choice[1])
    return choices


class BasketForm(forms.Form):
    """One change to the basket."""

    paper = forms.IntegerField(min_value=1)
    add = forms.CharField(required=False, max_length=30)
    remove = forms.CharField(required=False, max_length=30)
    up = forms.CharField(required=False, max_length=30)
    action = forms.ChoiceField(
        required=False, choices=[("clear", "clear"), ("replace", "replace"), ("take", "take")]
    )


class LinesForm(forms.Form):
    """Narrowing of the list of projects."""

    says_optional = False

    q = forms.CharField(label=_("Words in the title"), required=False, max_length=60)
    category = forms.ChoiceField(label=_("Category"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)
    cost = forms.ChoiceField(label=_("Cost"), required=False)
    picked = forms.BooleanField(label=_("Only what I have chosen"), required=False)
    sort = forms.CharField(required=False, widget=forms.HiddenInput)
    paper = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, paper: Paper, rules: Rules, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = list(paper.lines.values())
        used_categories = {line.category for line in lines}
        used_areas = {line.area for line in lines if line.area}
        self._set_choices("category", _named(rules.categories, used_categories, language))
        self._set_choices("area", _named(rules.areas, used_areas, language))
        self._set_choices("cost", _cost_bands(lines, rules.currency))
        if not used_areas:
            del self.fields["area"]

    def _set_choices(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *choices]

    def keep(self, lines: Sequence[Line], chosen: set[str]) -> list[Line]:
        """Return the lines that pass every filter that could be read."""
        wanted = getattr(self, "cleaned_data", {})
        words = wanted.get("q", "").casefold().split()
        cost = wanted.get("cost", "")
        low, high = (int(part) for part in cost.split("-")) if cost else (0, 1 << 62)
        return [
            line
            for line in lines
            if (not wanted.get("category") or line.category == wanted["category"])
            and (not wanted.get("area") or line.area == wanted["area"])
            and low <= line.cost_minor < high
            and (not wanted.get("picked") or line.code in chosen)
            and all(any(word in text.casefold() for text in _texts(line)) for word in words)
        ]


def _texts(line: Line) -> list[str]:
    return [*line.title.values(), *line.summary.values(), line.code]


def _named(names: Any, used: set[str], language: str) -> list[tuple[str, str]]:
    return sorted(
        ((key, choose(texts, language)[0]) for key, texts in names.items() if key in used),
        key=lambda choice: choice[1],
    )


def _cost_bands(lines: Sequence[Line], currency: str) -> list[tuple[str, Any]]:
    """Three bands with about equally many projects; bounds have two digits that are not zero."""
    costs = sorted(line.cost_minor for line in lines)
    if len(set(costs)) < 3:
        return []
    bounds = [_round_down(costs[len(costs) * part // 3]) for part in (1, 2)]
    if bounds[0] == bounds[1]:
        return []
    digits = [money.written(bound, currency, get_language() or "en") for bound in bounds]
    return [
        (f"0-{bounds[0]}", _("below %(high)s") % {"high": digits[0]}),
        (f"{bounds[0]}-{bounds[1]}", _("%(low)s to %(high)s") % {"low": digits[0], "high": digits[1]}),
        (f"{bounds[1]}-{1 << 62}", _("%(low)s and above") % {"low": digits[1]}),
    ]


def _round_down(amount: int) -> int:
    unit = int("1" + "0" * max(len(str(amount)) - 2, 0))
    return amount // unit * unit


class PaperForm(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such subscript
    """How a ballot paper is filled in, as the budget officer sets it."""

    receipt_mode = forms.ChoiceField(
        label=_("What a receipt code shows after publication"),
        choices=Poll.ReceiptMode,
        initial=Poll.ReceiptMode.OPEN,
        widget=forms.RadioSelect,
        help_text=_(
            "“Counted as chosen” lets every voter check their ballot, and also lets them show it to others. "
            "Choose “recorded only” where votes might be bought."
        ),
    )

    without_account = forms.BooleanField(
        label=_("People may vote without an account"),
        required=False,
        help_text=_(
            "They show who they are, cast their ballot, and nothing but the ballot is kept. "
            "This is frozen with the rules."
        ),
    )

    class Meta:
        model = BallotPaper
        fields = (
            "kind",
            "min_choices",
            "max_choices",
            "ballot_budget_minor",
            "points",
            "points_per_project",
            "allows_blank",
        )
        labels = {
            "kind": _("How people vote"),
            "min_choices": _("Fewest projects on a ballot"),
            "max_choices": _("Most projects on a ballot"),
            "ballot_budget_minor": _("Most that the chosen projects may cost together"),
            "points": _("Points each voter may give"),
            "points_per_project": _("Most points for one project"),
            "allows_blank": _("A ballot may choose nothing"),
        }
        help_texts = {
            "points": _("Only where people give points."),
            "points_per_project": _("Only where people give points."),
        }
        widgets = {"kind": forms.RadioSelect}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        if kind == BallotPaper.Kind.KNAPSACK and not cleaned.get("ballot_budget_minor"):
            self.add_error("ballot_budget_minor", _("Say how much one ballot may spend."))
        if kind == BallotPaper.Kind.CUMULATIVE:
            if not cleaned.get("points"):
                self.add_error("points", _("Say how many points each voter may give."))
        else:
            cleaned["points"] = cleaned["points_per_project"] = None
        most, fewest = cleaned.get("max_choices"), cleaned.get("min_choices")
        if most is not None and fewest is not None and most < max(fewest, 1):
            self.add_error("max_choices", _("The most cannot be below the fewest."))
        return cleaned
