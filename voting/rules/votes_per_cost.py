"""Most votes for the money first."""

from django.utils.translation import gettext_lazy as _

from voting import tally
from voting.rules.rule import Asked, Rule
from voting.rules.settings import Settings


class VotesPerCost(Rule):
    code = "votes-per-cost"
    label = _("most votes per money")
    heading = _("Most votes per money")
    sentence = _(
        "The project with the most votes for its cost is funded first, then the next, "
        "as long as the remaining money covers it: many cheap projects rather than a "
        "few expensive ones."
    )
    steps = {
        "by_score_per_cost": _("Funded in step %(step)s: it costs %(cost)s, and %(left)s was left."),
    }
    is_tried = True

    def count(self, election: tally.Election, settings: Settings) -> tally.Outcome:
        return tally.votes_per_cost(election, tie=settings.tie, threshold=settings.threshold)

    def second_count(self, settings: Settings, currency: str) -> tuple[str, Asked]:
        return "greedy", {"per_cost": 1}


RULE = VotesPerCost()
