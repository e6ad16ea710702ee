"""Reads of stored results."""

from typing import Any

from rounds.models import Round
from voting.ballots.selectors import SMALLEST_CELL
from voting.counting import documents
from voting.counting.models import Tally
from voting.polls import ruleset
from voting.polls.models import Poll

# The states in which a result is final.
CERTIFIED = (Poll.State.CERTIFIED, Poll.State.PUBLISHED, Poll.State.KEY_DESTROYED)


def decisive_tallies(round: Round) -> list[Tally]:
    """Return the tally that decides for each ballot paper, in the order of the papers. One query."""
    return list(
        Tally.objects.filter(ballot_style__round=round, is_decisive=True)
        .select_related("ballot_style")
        .order_by("ballot_style__number")
    )


def tally_document(tally: Tally, rules: ruleset.FrozenRules) -> dict[str, Any]:
    """Return the count of a paper as `documents.of_count` puts it together; `tally` comes with its paper."""
    ballot_style = rules.ballot_style(tally.ballot_style.number)
    assert ballot_style is not None
    return documents.of_count(
        rules,
        ballot_style,
        tally.outcome,
        scope=tally.scope,
        n_ballots=tally.n_ballots,
        n_blank=tally.n_blank,
        counted_at=tally.counted_at,
        input_hash=bytes(tally.input_hash),
    )


def certified_results(round: Round) -> dict[str, Any] | None:
    """Return the result of a round's vote as self-contained JSON values; None before it is certified.

    None also if no ballot was counted here. Two queries.
    """
    poll = Poll.objects.filter(round=round, state__in=CERTIFIED).first()
    if poll is None:
        return None
    rules = ruleset.read(poll.rules)
    ballot_styles = [tally_document(tally, rules) for tally in decisive_tallies(round)]
    if not ballot_styles:
        return None
    return {
        "setting": rules.document(),
        "smallest_cell": SMALLEST_CELL,
        "papers": ballot_styles,
    }
