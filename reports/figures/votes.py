"""The certified vote, explained: what was funded and how, what was not and why, and who got what."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from reports.figures.facts import Facts
from reports.figures.figure import Breakdown, Section
from reports.render import votes
from reports.render.tables import Table
from reports.schema import Report, Vote
from voting.counting import selectors as voting


def _read(facts: Facts) -> Vote | None:
    """Return the certified result of the round's vote; None if there is none. Two queries."""
    kept = voting.certified_results(facts.round)
    return None if kept is None else Vote.read(kept)


def _tables(report: Report, vote: Vote | None) -> Sequence[Table]:
    return votes.all_tables(vote, report.currency)


VOTE: Breakdown[Vote | None] = Breakdown(
    key="vote",
    shape=Vote | None,
    query=_read,
    docs="The certified vote explained; null where none was certified on this platform.",
    since=2,
    section=Section(_("How the votes were counted")),
    write=_tables,
)


def how_funded(report: Report) -> dict[str, str] | None:
    """Return by code how each project of the ballot was funded; None if the report tells of no vote."""
    vote = VOTE.of(report) if VOTE.is_in(report) else None
    return None if vote is None else votes.how_funded(vote, report.currency)
