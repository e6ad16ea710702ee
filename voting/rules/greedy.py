"""Most votes first."""

from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from voting import tally
from voting.rules.rule import Asked, Rule
from voting.rules.settings import STOPS_AT_FIRST_MISFIT, TOPUP_PERCENT, Settings


class Greedy(Rule):
    code = "greedy"
    label = _("most votes first")
    heading = _("Most votes first")
    sentence = _(
        "Most votes first: the project with the most votes is funded, then the next, "
        "as long as the remaining money covers it."
    )
    settings = (STOPS_AT_FIRST_MISFIT, TOPUP_PERCENT)
    steps = {
        "by_score": _("Funded in step %(step)s: it costs %(cost)s, and %(left)s was left."),
        "topped_up": _(
            "Funded in step %(step)s although %(topup)s of its cost of %(cost)s was missing. "
            "The count ended here."
        ),
    }
    is_tried = True
    goes_by_votes = True
    alternatives = {}

    def count(self, election: tally.Election, settings: Settings) -> tally.Outcome:
        return tally.greedy(
            election,
            tie=settings.tie,
            threshold=settings.threshold,
            stop_at_first_misfit=settings.stops_at_first_misfit,
            topup_ratio=_ratio(settings),
        )

    def second_count(self, settings: Settings, currency: str) -> tuple[str, Asked]:
        asked: Asked = {}
        if settings.stops_at_first_misfit:
            asked["no_skip"] = 1
        ratio = _ratio(settings)
        if ratio is not None:
            asked["topup"] = ratio
        return self.code, asked

    def pabulib(self, settings: Settings) -> str:
        if settings.stops_at_first_misfit:
            return "greedy-no-skip"
        if settings.topup_percent is not None:
            return "greedy-custom"
        return "greedy-threshold" if settings.threshold > 1 else "greedy"


def _ratio(settings: Settings) -> Fraction | None:
    return None if settings.topup_percent is None else Fraction(settings.topup_percent, 100)


RULE = Greedy()
