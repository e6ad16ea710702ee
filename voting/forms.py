"""The shape of what voters and officials type."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from identity.models import Identity
from rounds import money, phrases
from rounds.models import Area, Category, Participation, RuleSet
from rounds.multilingual import choose
from voting import keyed, sealing, trials
from voting.exceptions import RuleNotCountable
from voting.frozen import Line, Paper, Rules
from voting.models import BallotPaper, KeyedBallot, Poll
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


# What stands for projects that lie in no one area.
_EVERYWHERE = "-"


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
        everywhere = [(_EVERYWHERE, _("For the whole area"))] if any(not line.area for line in lines) else []
        self._set_choices("area", [*everywhere, *_named(rules.areas, used_areas, language)])
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
            and (not wanted.get("area") or (line.area or _EVERYWHERE) == wanted["area"])
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
            "budget_minor",
            "min_choices",
            "max_choices",
            "ballot_budget_minor",
            "points",
            "points_per_project",
            "allows_blank",
        )
        labels = {
            "kind": _("How people vote"),
            "budget_minor": _("Budget that this paper decides about"),
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

    areas = forms.MultipleChoiceField(
        label=_("Areas with a ballot paper of their own"),
        help_text=_(
            "People of the area get this paper beside the one for everybody. "
            "The projects of the area stand on it alone."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    area_budget_minor = forms.IntegerField(
        label=_("Budget of each area’s paper"), required=False, min_value=1
    )

    def __init__(
        self,
        *args: Any,
        categories: Sequence[Category],
        areas: Sequence[Area] = (),
        budget_left: int,
        **kwargs: Any,
    ) -> None:
        """`areas` may get a paper of their own; `budget_left` is what other papers leave of the round's."""
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self._budget_left = budget_left
        self._most_of = {f"most-{category.slug}": category.slug for category in categories}
        limits = self.instance.max_per_category
        for category in categories if len(categories) > 1 else ():
            name = choose(category.name, language)[0]
            self.fields[f"most-{category.slug}"] = forms.IntegerField(
                label=str(_("Most projects in “%(category)s”") % {"category": name}),
                required=False,
                min_value=1,
                max_value=999,
                initial=limits.get(category.slug),
            )
        self.fields["budget_minor"].required = False
        if areas:
            field = self.fields["areas"]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = [(str(area.pk), choose(area.name, language)[0]) for area in areas]
        else:
            del self.fields["areas"]
            del self.fields["area_budget_minor"]

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
        if any(name in self.fields for name in self._most_of):
            cleaned["max_per_category"] = {
                slug: cleaned[name] for name, slug in self._most_of.items() if cleaned.get(name)
            }
        for name in self._most_of:
            cleaned.pop(name, None)
        self._clean_budgets(cleaned)
        return cleaned

    def _clean_budgets(self, cleaned: dict[str, Any]) -> None:
        areas, of_area = cleaned.get("areas") or (), cleaned.get("area_budget_minor")
        if areas and not of_area and "area_budget_minor" not in self.errors:
            self.add_error("area_budget_minor", _("Say what each area’s paper decides about."))
        if cleaned.get("budget_minor") is None:
            # Left empty it stays what it is, and on a new paper it is what the others leave.
            cleaned.pop("budget_minor", None)
            if self.instance.pk is None and not self.errors:
                cleaned["budget_minor"] = self._budget_left - len(areas) * (of_area or 0)
        total = (cleaned.get("budget_minor") or 0) + len(areas) * (of_area or 0)
        if not self.errors and (total > self._budget_left or cleaned.get("budget_minor", 1) < 1):
            self.add_error(
                "area_budget_minor" if areas else "budget_minor",
                _("The papers together would decide about more than the budget of the round."),
            )


class PaperDeskForm(forms.Form):
    """A new place where people vote on paper."""

    name = forms.CharField(
        label=_("Name of the desk"), help_text=_("For example the hall it stands in."), max_length=80
    )


class PersonForm(forms.Form):
    """What somebody who stands at the desk is known by."""

    kind = forms.ChoiceField(
        label=_("What did the person show?"),
        choices=[
            (Identity.Kind.DOCUMENT, _("A document with a number")),
            (Identity.Kind.PHONE, _("A phone, which rang when called")),
            (Identity.Kind.REGISTER, _("A card or letter with their number in the register")),
        ],
        widget=forms.RadioSelect,
    )
    typed = forms.CharField(
        label=_("Number of the document, the phone or the entry"),
        help_text=_("It is compared and not kept. Never enter a resident registration number."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    born = forms.DateField(
        label=_("Date of birth"),
        help_text=_("Only for an entry of the register, for example 1990-12-31."),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("kind") == Identity.Kind.REGISTER
            and not cleaned.get("born")
            and "born" not in self.errors
        ):
            self.add_error("born", _("Enter the date of birth as well."))
        return cleaned


class WithdrawMarkForm(PersonForm):
    """Whose mark is taken back, and why."""

    reason = forms.CharField(
        label=_("Why is the mark taken back?"),
        help_text=_("It is kept in the record. Do not write who it is."),
        max_length=200,
    )


def paper_areas(rules: Rules, language: str) -> list[tuple[str, str]]:
    """Return the areas that papers of their own are for, by the paper's number, as choices."""
    return [
        (str(paper.number), choose(paper.title, language)[0]) for paper in rules.papers if paper.area_path
    ]


class StackForm(forms.Form):
    """Whose paper ballots something is about: inside or outside, and of which area's papers."""

    participation = forms.ChoiceField(
        label=_("Whose papers"),
        choices=[
            (Participation.RESIDENT, _("People who live, work or study here")),
            (Participation.OUTSIDE, _("People from outside")),
        ],
        initial=Participation.RESIDENT,
        widget=forms.RadioSelect,
    )
    area = forms.ChoiceField(label=_("Ballot papers"), required=False)

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = paper_areas(rules, get_language() or "en")
        field = self.fields["area"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Those for everybody")), *areas]
        if not areas:
            del self.fields["area"]
        if rules.outside == "not_allowed":
            del self.fields["participation"]
        self._rules = rules

    @property
    def area_path(self) -> str:
        """The path of the area whose papers they are; empty for those for everybody."""
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
            raise forms.ValidationError(
                _("There is no ballot paper for everybody in this round. Choose an area.")
            )
        if not self.errors and self.area_path and cleaned["participation"] == Participation.OUTSIDE:
            raise forms.ValidationError(_("People from outside have only the papers for everybody."))
        return cleaned


class SheetForm(StackForm):
    """Which ballot papers to print, in which language."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("participation", "area"):
            if name in self.fields:
                self.fields[name].required = False


class BatchForm(StackForm):
    """A stack of papers, counted by hand."""

    declared = forms.IntegerField(
        label=_("Papers in the stack"),
        help_text=_("Count them by hand, twice, and number them from 1. Fifty at most are easy to compare."),
        min_value=1,
        max_value=500,
    )
    field_order = ("declared", "participation", "area")


class RecountForm(forms.Form):
    """A corrected number of papers, or the withdrawal of a batch."""

    declared = forms.IntegerField(label=_("Papers in the stack"), required=False, min_value=1, max_value=500)
    reason = forms.CharField(label=_("Reason"), help_text=_("It is kept in the record."), max_length=200)


class KeyingForm(forms.Form):
    """One paper as a clerk reads it: for each ballot paper the numbers of what was chosen."""

    says_optional = False

    sequence = forms.IntegerField(label=_("Number of the paper in the stack"), min_value=1)
    is_blank = forms.BooleanField(label=_("Nothing is marked on it"), required=False)
    invalid = forms.ChoiceField(
        label=_("Is it a ballot?"),
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
                title = choose(paper.title, get_language() or "en")[0]
                label = str(_("Numbers marked on “%(paper)s”") % {"paper": title})
            else:
                label = str(_("Numbers of the marked projects"))
            if paper.kind.has_points:
                hint = _("A number and its points, for example 3:5 17:2.")
            elif paper.kind.value == "ordinal":
                hint = _("The best liked first, for example 17 3 42.")
            else:
                hint = _("With spaces between them, for example 3 17 42.")
            self.fields[name] = forms.CharField(
                label=label,
                help_text=hint,
                required=False,
                max_length=2000,
                widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
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
                _("Numbers are typed as well. Clear them, or choose something else here."),
            )
        elif (
            not choices
            and not cleaned.get("is_blank")
            and not is_unread
            and cleaned.get("invalid") != "blank"
        ):
            self.add_error(None, _("Type the numbers, or say that nothing is marked."))
        return cleaned


def _typing_error(error: keyed.CannotRead, paper: Paper) -> str:
    if error.why == "unknown":
        return _("There is no project %(typed)s on this paper.") % {"typed": error.typed}
    if error.why == "twice":
        return _("Project %(typed)s is typed twice.") % {"typed": error.typed}
    if paper.kind.has_points:
        return _("“%(typed)s” is not a number with points. Write for example 3:5.") % {"typed": error.typed}
    return _("“%(typed)s” is not the number of a project.") % {"typed": error.typed}


class ExtensionForm(forms.Form):
    """Until when a vote is to stay open, in the round's own time, and why."""

    closes_at = forms.DateTimeField(
        label=_("Voting is to close at"),
        help_text=_("Day and time in the time zone of the round, for example 2026-05-31 18:00."),
        input_formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Voters read it on the ballot page and beside the frozen rules."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, time_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = ZoneInfo(time_zone)

    def clean_closes_at(self) -> datetime:
        # Django reads the time in the site's zone; what was typed is meant in the round's.
        typed: datetime = self.cleaned_data["closes_at"]
        return typed.replace(tzinfo=self._zone)


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
    step = forms.CharField(
        label=_("Raised equal shares: by how much each raise lifts every voter's share"),
        required=False,
        max_length=25,
        help_text=_(
            "Left empty, a small round sum that suits the budget. It is published with the frozen rules: "
            "a smaller raise uses the budget better, a larger one is counted sooner."
        ),
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
            "step",
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
        self.currency = currency
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
        self.fields["step"].widget.attrs["data-suffix"] = money.affix(currency, get_language() or "en")
        if self.instance.step_minor is not None:
            self.initial["step"] = f"{money.major(self.instance.step_minor, currency):,f}"
        if self.instance.topup_percent is not None:
            self.initial["misfits"] = self.Misfits.TOP_UP
        elif self.instance.stops_at_first_misfit:
            self.initial["misfits"] = self.Misfits.STOP
        else:
            self.initial["misfits"] = self.Misfits.SKIP

    def clean_step(self) -> int | None:
        text = self.cleaned_data["step"]
        if not text:
            return None
        try:
            step = money.parse(text, self.currency)
        except ValueError as error:
            raise forms.ValidationError(
                _("Enter the amount in figures, for example 1,000."), code="amount"
            ) from error
        if not 0 < step < 10**15:
            raise forms.ValidationError(_("Enter an amount above zero."), code="amount")
        return step

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
        language = get_language() or "en"
        field = self.fields["paper"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(paper.number), choose(paper.title, language)[0]) for paper in rules.papers]
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


class ResultsForm(forms.Form):
    """Looking for a project among the results."""

    says_optional = False

    q = forms.CharField(label=_("Find a project"), required=False, max_length=60)

    @property
    def words(self) -> list[str]:
        """What is looked for; nothing where it cannot be read."""
        return str(self.cleaned_data.get("q", "")).split() if self.is_bound and self.is_valid() else []
