"""A counted ballot paper as its page shows it: what decides, and the counts of people inside and outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voting.counting import pb_files as publication
from voting.counting import results, selectors
from voting.counting.models import Tally
from voting.polls import ruleset
from voting.polls.ruleset import FrozenBallotStyle


@dataclass(frozen=True)
class BallotStyleResult:
    """The decisive result of one ballot, with the other counts."""

    ballot_style: FrozenBallotStyle
    tally: Tally
    inside: Tally
    outside: Tally
    localized: results.Result
    sentences: list[str]

    @property
    def files(self) -> set[str]:
        """The scopes with a published file."""
        return files_of({"inside": self.inside, "outside": self.outside, self.tally.scope: self.tally})


def files_of(tallies: Mapping[str, Tally]) -> set[str]:
    """The scopes of a ballot with a published file."""
    decides = next(each.scope for each in tallies.values() if each.is_decisive)
    sizes = {scope: tallies[scope].n_ballots for scope in ("inside", "outside")}
    return publication.scopes_to_publish(sizes, decides)


def result(
    rules: ruleset.FrozenRules, ballot_style: FrozenBallotStyle, tallies: Mapping[str, Tally]
) -> BallotStyleResult:
    """Put together what is shown of one paper, in the language now active."""
    decisive = next(each for each in tallies.values() if each.is_decisive)
    inside, outside = tallies[Tally.Scope.INSIDE], tallies[Tally.Scope.OUTSIDE]
    # The same that keeps ballots out of the files keeps them off the page.
    are_apart = {Tally.Scope.INSIDE, Tally.Scope.OUTSIDE} <= files_of(tallies)

    def by_residency(code: str) -> tuple[int, int]:
        scores: Mapping[str, Any] = inside.outcome["scores"]
        return scores[code], outside.outcome["scores"][code]

    return BallotStyleResult(
        ballot_style=ballot_style,
        tally=decisive,
        inside=inside,
        outside=outside,
        localized=results.localize_result(
            selectors.tally_document(decisive, rules), rules.currency, by_residency if are_apart else None
        ),
        sentences=rules.sentences,
    )
