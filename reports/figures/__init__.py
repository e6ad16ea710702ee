"""The figures of a report. A new one is one object and one line here; see `docs/changing.md`."""

from collections.abc import Sequence
from typing import Any

from reports.figures import (
    counts,
    money,
    outcomes,
    participants,
    places,
    projects,
    proposers,
    rates,
    target,
    votes,
)
from reports.figures.figure import Entry, GivenIdentifier
from reports.schema import Report

# In the order of the document's description, of the page and of the files.
FIGURES: list[Entry[Any]] = [
    money.BUDGET,
    money.BUDGET_IS_APPROXIMATE,
    counts.SUBMITTED,
    counts.ADOPTED,
    rates.REFLECTION_RATE,
    money.REFLECTION_RATE_BY_MONEY,
    rates.ADOPTION_RATE,
    money.BUDGET_USE,
    target.TARGET,
    target.TARGET_OWNER,
    target.NEEDED_FOR_TARGET,
    target.GAP_PROPOSALS,
    target.GAP_POINTS,
    money.REQUESTED_COST,
    money.ADOPTED_COST,
    money.BUDGET_LEFT,
    outcomes.FUNNEL,
    outcomes.REASONS,
    places.BY_AREA,
    places.BY_CATEGORY,
    proposers.BY_TRACK,
    proposers.BY_PARTICIPATION,
    proposers.BY_AGE_GROUP,
    proposers.BY_FOREIGN_RESIDENT,
    participants.PARTICIPANTS,
    proposers.SMALLEST,
    projects.ADOPTED_PROJECTS,
    votes.VOTE,
]


def shown(report: Report) -> Sequence[GivenIdentifier]:
    """Return every key figure of the report that there is something to show of."""
    found = (figure.shown(report) for figure in FIGURES if figure.is_in(report))
    return [figure for figure in found if figure is not None]
