"""Equal shares, raised until the budget is used."""

from collections.abc import Mapping
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from core import money
from voting import tally
from voting.rules.equal_shares import EqualShares
from voting.rules.rule import Asked
from voting.rules.settings import COMPARISON, COMPLETION, STEP, WORTH, Settings

# Unless chosen, a raise is at most this part of the round's budget.
_RAISE = 1_000_000


class EqualSharesAdd1(EqualShares):
    code = "equal-shares-add1"
    label = _("equal shares, raised until the budget is used")
    heading = _("Equal shares, raised")
    sentence = _(
        "Every voter has an equal share of the budget. A project is funded if the "
        "voters who chose it can pay for it together. The shares are raised step by "
        "step as long as the budget is not exceeded."
    )
    settings = (WORTH, STEP, COMPLETION, COMPARISON)
    is_tried = True
    alternatives = None
    declared = "equalshares/add1"

    def count(self, election: tally.Election, settings: Settings) -> tally.Outcome:
        return tally.equal_shares_add1(
            election,
            tie=settings.tie,
            utility=tally.Utility(settings.utility),
            threshold=settings.threshold,
            step=settings.step_minor,
            completion=settings.completion,
            comparison=settings.comparison,
        )

    def second_count(self, settings: Settings, currency: str) -> tuple[str, Asked]:
        name, asked = super().second_count(settings, currency)
        if settings.step_minor is not None:
            asked["step"] = Fraction(money.major(settings.step_minor, currency))
        return name, asked

    def when_frozen(self, budget_minor: int, currency: str) -> Mapping[str, object]:
        """Return the step: the largest power of ten currency units that is at most a millionth of the budget.

        At least one unit. So a raise is worth about as much in won or dong as in euro.
        """
        unit = 10 ** money.exponent(currency)
        millionth = budget_minor // (_RAISE * unit)
        return {"step_minor": int(unit * 10 ** max(0, len(str(millionth)) - 1))}

    def on_trial(self, election: tally.Election) -> Mapping[str, object]:
        return {"step_minor": tally.practical_step(election)}


RULE = EqualSharesAdd1()
