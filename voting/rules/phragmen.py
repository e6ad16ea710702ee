"""Sequential Phragmén."""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from voting import tally
from voting.rules.rule import Rule
from voting.rules.settings import Settings


class Phragmen(Rule):
    code = "phragmen"
    label = _("least burden first (Phragmén)")
    heading = _("Least burden first")
    sentence = _(
        "Projects are funded one by one so that their cost weighs as evenly as possible on those who chose "
        "them; the count ends at the first that the money left does not pay for."
    )
    steps = {
        "by_least_load": _("Funded in step %(step)s: of all projects it burdened those who chose it least."),
    }
    second_counter = Path(tally.__file__).with_name("recount_phragmen.py")

    def count(self, election: tally.Election, settings: Settings) -> tally.Outcome:
        return tally.phragmen(election, tie=settings.tie, threshold=settings.threshold)


RULE = Phragmen()
