"""Interface of counting rules."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from django.utils.text import capfirst

from voting import tally
from voting.rules.settings import Setting, Settings, Words

# Values that the second counter is run with, by name.
Asked = dict[str, str | int | Fraction]


class Rule(ABC):
    """A rule of the count: all that the platform knows of it. One object for each rule, listed in `RULES`."""

    # Stored, frozen and published.
    code: str
    # As in a list of choices, lower case in English; and the rule in one sentence.
    label: Words
    sentence: Words
    # Settings that other rules lack, in the order in which people see them.
    settings: tuple[Setting, ...] = ()
    # Sentences about a project that it funds, by the code of `tally.Wording`; placeholders as there.
    steps: Mapping[str, Words] = {}
    # If a round can be frozen with it; otherwise it is for analysis only.
    decides = True
    # If the trial page counts by it in addition to the round's own rule.
    is_tried = False
    # If it alone goes by numbers of votes: a project that lost had fewer than one that won.
    goes_by_votes = False
    # Settings for comparison with the result of a rule of another family; None: never compared.
    alternatives: Mapping[str, object] | None = None
    # The file with its part of the second counter, `recount_*.py`; None where `recount.py` has it.
    second_counter: Path | None = None

    @property
    def family(self) -> str:
        """Rules of one family are not compared with each other."""
        return self.code

    @property
    def heading(self) -> Words:
        """Its name as the head of a row."""
        return capfirst(str(self.label))

    @property
    def alternative_heading(self) -> Words:
        """The same, for a comparison with the deciding rule."""
        return self.heading

    @abstractmethod
    def count(self, election: tally.Election, settings: Settings) -> tally.Outcome:
        """Count; the outcome's `rule` is the code."""

    def second_count(self, settings: Settings, currency: str) -> tuple[str, Asked]:
        """Return the second counter's name of the rule, and the values it takes by name.

        Order among equals, seed and threshold apart, which it takes for every rule.
        """
        return self.code, {}

    def pabulib(self, settings: Settings) -> str:
        """Return Pabulib's name for the rule with its settings; "unknown" if it has none."""
        return "unknown"

    def needs_points(self, settings: Settings) -> bool:
        """Return whether it can only count ballots on which people give points or rank projects."""
        return False

    def when_frozen(self, budget_minor: int, currency: str) -> Mapping[str, object]:
        """Return values for settings that were left empty, by name, when a round's rules are frozen."""
        return {}

    def on_trial(self, election: tally.Election) -> Mapping[str, object]:
        """Return values for settings with which a trial on this election takes seconds, by name."""
        return {}
