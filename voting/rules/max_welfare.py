"""The set of projects with the most votes together, for analysis only."""

from django.utils.translation import gettext_lazy as _

from voting import tally
from voting.rules.rule import Rule
from voting.rules.settings import Settings


class MaxWelfare(Rule):
    code = "max-welfare"
    label = _("greatest total of votes")
    sentence = _("The affordable set of projects with the most votes in total is funded.")
    decides = False

    def count(self, election: tally.Election, settings: Settings) -> tally.Outcome:
        return tally.max_welfare(election, tie=settings.tie, threshold=settings.threshold)


RULE = MaxWelfare()
