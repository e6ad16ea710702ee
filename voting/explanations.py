"""Why a project was not funded, and what would have changed it."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from voting import tally
from voting.problems import amount


def more_needed(election: tally.Election, outcome: tally.Outcome) -> dict[str, int]:
    """Return how many more votes (points, on ballots with points) would have funded each project that is not.

    All other ballots staying as they are, under "most votes first". A project that costs more than the
    whole budget is left out: no number of votes funds it. O(p²) for p projects.
    """
    costs = dict(zip(election.ids, election.costs, strict=True))
    order = {code: place for place, code in enumerate(outcome.tie_order)}
    ranking = sorted(election.ids, key=lambda code: (-outcome.scores[code], order[code]))
    funded = set(outcome.funded)
    needed = {}
    for code in election.ids:
        if code in funded or costs[code] > election.budget:
            continue
        left = election.budget
        # Without this project, how far down can it stand and still find its money?
        for rival in ranking:
            if rival == code:
                continue
            if outcome.scores[rival] > 0 and costs[rival] <= left:
                left -= costs[rival]
                if left < costs[code]:
                    ahead = order[code] < order[rival]
                    needed[code] = outcome.scores[rival] + (0 if ahead else 1) - outcome.scores[code]
                    break
        else:
            # There was money to the end of the list: only a first vote was missing.
            needed[code] = 1
    return needed


def reasons(outcome: Mapping[str, object], currency: str) -> dict[str, str]:
    """Return a sentence for each project that a stored outcome does not fund, in the language now active."""
    more = outcome["more_needed"]
    assert isinstance(more, dict)
    rows = outcome["not_funded"]
    assert isinstance(rows, list)
    return {row["project"]: _reason(row, more.get(row["project"]), currency) for row in rows}


def _reason(row: Mapping[str, object], more: int | None, currency: str) -> str:
    params = row["params"]
    assert isinstance(params, dict)
    if row["reason"] == tally.Reason.COSTS_MORE_THAN_BUDGET:
        return _("It costs %(needed)s, more than the whole budget of %(budget)s.") % {
            "needed": amount(params["needed"], currency),
            "budget": amount(params["budget"], currency),
        }
    if row["reason"] == tally.Reason.BELOW_THRESHOLD:
        return _("Nobody voted for it.")
    if row["reason"] == tally.Reason.WITHDRAWN:
        return _("It was withdrawn after the ballot paper was drawn up.")
    assert row["reason"] == tally.Reason.NO_MONEY_LEFT
    assert more is not None
    return ngettext(
        "It needed %(needed)s; when its turn came, %(left)s of the budget was left. "
        "With %(more)s more vote it would have been funded.",
        "It needed %(needed)s; when its turn came, %(left)s of the budget was left. "
        "With %(more)s more votes it would have been funded.",
        more,
    ) % {
        "needed": amount(params["needed"], currency),
        "left": amount(params["left"], currency),
        "more": more,
    }
