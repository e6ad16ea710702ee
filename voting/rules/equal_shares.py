"""Equal shares."""

from collections.abc import Mapping
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from voting import tally
from voting.rules.rule import Asked, Rule
from voting.rules.settings import COMPARISON, COMPLETION, WORTH, Setting, Settings, Utility


class EqualShares(Rule):
    code = "equal-shares"
    label = _("equal shares")
    heading = _("Equal shares")
    sentence = _(
        "Every voter has an equal share of the budget. A project is funded if the "
        "voters who chose it can pay for it together, starting with the most support "
        "for the money. What nobody can pay for stays unspent."
    )
    settings: tuple[Setting, ...] = (WORTH, COMPLETION, COMPARISON)
    steps = {
        "by_equal_shares": _(
            "Bought in step %(step)s with %(effective_votes)s effective votes: each "
            "supporter paid %(price)s, or all they had left."
        ),
        "by_equal_shares_per_point": _(
            "Bought in step %(step)s: each supporter paid %(price)s for each point they gave it, "
            "or all they had left."
        ),
        "with_what_was_left": _(
            "Funded in step %(step)s with the remaining money: it costs %(cost)s, and %(left)s was left."
        ),
    }
    alternatives: Mapping[str, object] | None = {"completion": True}
    alternative_heading = _("Equal shares, then most votes first")
    family = "equal-shares"
    second_counter = Path(tally.__file__).with_name("recount_equal_shares.py")
    # Pabulib's name for it, with the usual settings.
    declared = "equalshares"

    def count(self, election: tally.Election, settings: Settings) -> tally.Outcome:
        return tally.equal_shares(
            election,
            tie=settings.tie,
            utility=tally.Utility(settings.utility),
            threshold=settings.threshold,
            completion=settings.completion,
            comparison=settings.comparison,
        )

    def second_count(self, settings: Settings, currency: str) -> tuple[str, Asked]:
        return self.code, {
            "utility": settings.utility,
            "completion": int(settings.completion),
            "comparison": int(settings.comparison),
        }

    def pabulib(self, settings: Settings) -> str:
        if settings.completion or settings.utility != Utility.COST:
            return "unknown"
        return f"{self.declared}-comparison" if settings.comparison else self.declared

    def needs_points(self, settings: Settings) -> bool:
        return settings.utility == Utility.POINTS


RULE = EqualShares()
