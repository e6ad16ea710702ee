"""Sequential Phragmén."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from voting import tally
from voting.rules.rule import Rule
from voting.rules.settings import Settings


class Phragmen(Rule):
    code = "phragmen"
    label = _("Phragmén (spreads the cost evenly)")
    heading = _("Phragmén (even spread)")
    sentence = _(
        "Projects are funded one by one so that their cost is spread as evenly as "
        "possible over the voters who chose them. The count ends at the first project "
        "that the remaining money does not cover."
    )
    steps = {
        "by_least_load": _(
            "Funded in step %(step)s: of all projects, this one put the smallest burden on "
            "the voters who chose it."
        ),
    }
    second_counter = Path(tally.__file__).with_name("recount_phragmen.py")

    def count(self, election: tally.Election, settings: Settings) -> tally.Outcome:
        return tally.phragmen(election, tie=settings.tie, threshold=settings.threshold)


RULE = Phragmen()
