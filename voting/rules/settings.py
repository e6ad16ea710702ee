"""Settings of counting rules: each once, with its check, its sentence and its form field."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from django import forms
from django.db.models import Q, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from core import money
from core.fields import AmountField
from core.i18n import current_language
from voting import tally

Words = str | Promise


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A rule and how it is set, by the keys under which it is stored, frozen and published.

    Rules that were frozen before a setting existed have its default.
    """

    rule: str
    tie_order: str
    # Published before the count; orders projects that still tie, by SHA-256(seed || project code).
    seed: str
    # Fewest votes (points, where points are given) with which a project can be funded.
    threshold: int = 1
    stops_at_first_misfit: bool = False
    topup_percent: int | None = None
    utility: str = "cost"
    completion: bool = False
    comparison: bool = False
    step_minor: int | None = None

    @property
    def tie(self) -> tally.TieRule:
        """The order among equals, as the count takes it."""
        return tally.TieRule(tally.First(self.tie_order), self.seed)

    def document(self) -> dict[str, object]:
        """Return the settings as JSON values, without what a subclass adds."""
        return {name: getattr(self, name) for name in NAMES}


NAMES = tuple(field.name for field in fields(Settings))


class TieOrder(TextChoices):
    CHEAPER = "cheaper", _("the cheaper project first")
    DEARER = "dearer", _("the more expensive project first")


class Utility(TextChoices):
    """The value of a funded project to the voters who chose it."""

    COST = "cost", _("as much as the project costs")
    CARDINALITY = "cardinality", _("the same for every project")
    POINTS = "points", _("the points they gave")


class Misfits(TextChoices):
    """The treatment of a project that the remaining money does not cover."""

    SKIP = "skip", _("It is skipped, and the next one that fits is funded.")
    STOP = "stop", _("It ends the count.")
    TOP_UP = "top_up", _("It is still funded if most of its cost is left; then the count ends.")


class Setting(ABC):
    """One setting: a column of `RuleSet` and a field of `Settings` of the same name.

    `allowed` is what a rule that knows it may have besides the default. Other rules keep the default.
    """

    name: str
    default: object = None
    allowed = Q()

    @property
    def field_name(self) -> str:
        """The name of the form field it is chosen in."""
        return self.name

    @abstractmethod
    def field(self, currency: str) -> forms.Field:
        """Return the form field it is chosen in."""

    def initial(self, settings: Settings) -> object:
        """Return what the form field shows of the settings there are."""
        return getattr(settings, self.name)

    def typed(self, cleaned: Mapping[str, Any]) -> object:
        """Return the value that was chosen. Raises ValidationError for one that cannot be."""
        return cleaned.get(self.field_name, self.default)

    @abstractmethod
    def said(self, settings: Settings, currency: str) -> str:
        """Return the sentence that tells people of it; empty if there is nothing to tell."""


class StopsAtFirstMisfit(Setting):
    """If the first project that exceeds the remaining money ends the count."""

    name = "stops_at_first_misfit"
    default = False
    field_name = "misfits"

    def field(self, currency: str) -> forms.Field:
        return forms.ChoiceField(
            label=_("Most votes first: a project that exceeds the remaining money"),
            choices=Misfits,
            widget=forms.RadioSelect,
        )

    def initial(self, settings: Settings) -> object:
        if settings.topup_percent is not None:
            return Misfits.TOP_UP
        return Misfits.STOP if settings.stops_at_first_misfit else Misfits.SKIP

    def typed(self, cleaned: Mapping[str, Any]) -> object:
        return cleaned.get("misfits") == Misfits.STOP

    def said(self, settings: Settings, currency: str) -> str:
        if not settings.stops_at_first_misfit:
            return ""
        return say("The first project that does not fit the money left ends the count.")


class TopupPercent(Setting):
    """The part of its cost that must be left for the first misfit to be funded; then the count ends."""

    name = "topup_percent"
    allowed = Q(topup_percent__gte=1, topup_percent__lte=100, stops_at_first_misfit=False)

    def field(self, currency: str) -> forms.Field:
        return forms.IntegerField(
            label=_("Percentage of its cost that must be left"),
            help_text=_("Only if such a project is still funded."),
            min_value=0,
            required=False,
        )

    def typed(self, cleaned: Mapping[str, Any]) -> object:
        if cleaned.get("misfits") != Misfits.TOP_UP:
            return None
        percent: int = cleaned.get("topup_percent") or 0
        if not 1 <= percent <= 100:
            raise forms.ValidationError(_("Enter a percentage from 1 to 100."))
        return percent

    def said(self, settings: Settings, currency: str) -> str:
        if settings.topup_percent is None:
            return ""
        return say(
            "The first project that does not fit is funded all the same if at least %(percent)s percent "
            "of its cost is left, the rest coming from elsewhere; then the count ends."
        ) % {"percent": settings.topup_percent}


class Worth(Setting):
    """The value of a funded project to the voters who chose it."""

    name = "utility"
    default = Utility.COST.value
    allowed = Q(utility__in=Utility.values)
    _SENTENCES = {
        Utility.COST: _("A funded project is worth its cost to the voters who chose it."),
        Utility.CARDINALITY: _("Every funded project is worth the same to the voters who chose it."),
        Utility.POINTS: _("A funded project is worth to each voter the points they gave it."),
    }

    def field(self, currency: str) -> forms.Field:
        return forms.ChoiceField(
            label=_("Equal shares: value of a funded project to the voters who chose it"),
            choices=Utility,
            widget=forms.RadioSelect,
        )

    def said(self, settings: Settings, currency: str) -> str:
        return str(self._SENTENCES[Utility(settings.utility)])


class Completion(Setting):
    """If the rest is spent on most votes first."""

    name = "completion"
    default = False

    def field(self, currency: str) -> forms.Field:
        return forms.BooleanField(
            label=_("Equal shares: spend what is left on most votes first"), required=False
        )

    def said(self, settings: Settings, currency: str) -> str:
        if not settings.completion:
            return ""
        return say("What is left over is spent on the other projects, most votes first.")


class Comparison(Setting):
    """If most votes first decides instead when it makes more voters better off."""

    name = "comparison"
    default = False

    def field(self, currency: str) -> forms.Field:
        return forms.BooleanField(
            label=_("Equal shares: use most votes first if it makes more voters better off"),
            required=False,
        )

    def said(self, settings: Settings, currency: str) -> str:
        if not settings.comparison:
            return ""
        return say(
            "If more voters have more funded projects of their choice under “most votes first” than have "
            "fewer, that result stands instead."
        )


class StepSize(Setting):
    """By how much each raise lifts every voter's share, in minor units. None: chosen when frozen."""

    name = "step_minor"
    allowed = Q(step_minor__gt=0)
    field_name = "step"

    def field(self, currency: str) -> forms.Field:
        return AmountField(
            currency,
            label=_("Raised equal shares: increase of every voter's share per step"),
            help_text=_(
                "If empty, a small round sum that suits the budget. It is published with the "
                "frozen rules: smaller steps use more of the budget, larger ones are counted "
                "faster."
            ),
            required=False,
        )

    def said(self, settings: Settings, currency: str) -> str:
        if settings.step_minor is None:
            return ""
        step = money.written(settings.step_minor, currency, current_language())
        return say("Each raise adds %(step)s to every voter's share.") % {"step": step}


STOPS_AT_FIRST_MISFIT = StopsAtFirstMisfit()
TOPUP_PERCENT = TopupPercent()
WORTH = Worth()
COMPLETION = Completion()
COMPARISON = Comparison()
STEP = StepSize()
