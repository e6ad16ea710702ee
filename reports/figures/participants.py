"""Voters by channel, by age group and by connection to the area."""

from collections.abc import Callable, Iterable, Sequence

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from identity.verification.models import AgeGroup
from proposals.models import Channel
from reports import selectors
from reports.figures.facts import Facts
from reports.figures.figure import Breakdown, Section
from reports.figures.proposers import key_of
from reports.figures.rates import share_of
from reports.render.tables import (
    Table,
    Unit,
    headings,
    joined,
    label_of,
    note_on_small_groups,
    written,
)
from reports.schema import BallotGroup, Participants, Report
from rounds.models import Residency
from voting.ballots import selectors as voting


def _count(facts: Facts) -> Participants | None:
    """Return the number of voters, in total and by group; None if nobody voted.

    Once the box was emptied with its key, the figures are those of the current report. Three queries.
    """
    turnout = voting.turnout(facts.round)
    if not turnout.total:
        standing = selectors.latest(facts.round)
        kept = standing.document["participants"] if standing else None
        return None if kept is None else Participants.read(kept)
    return Participants(
        ballots=turnout.total,
        by_channel=_groups(turnout.by_channel),
        by_participation=_groups(turnout.by_participation),
        by_age_group=_groups(turnout.by_age_group),
        smallest_cell=voting.SMALLEST_CELL,
    )


def _groups(cells: Iterable[voting.Cell]) -> list[BallotGroup]:
    """Return groups of ballots; groups that were put together have no key."""
    return [
        BallotGroup(keys=[] if cell.label is None else [key_of(cell.label)], count=cell.count)
        for cell in cells
    ]


def _tables(report: Report, voted: Participants | None) -> Sequence[Table]:
    """Return ballots by channel, by connection to the area and by age group; empty if nobody voted."""
    if voted is None:
        return []
    kinds: list[tuple[str, str, Sequence[BallotGroup], Callable[[str], str]]] = [
        ("by_channel", gettext("Ballots by channel"), voted.by_channel, label_of(Channel)),
        (
            "by_participation",
            gettext("Ballots by voters' connection to the area"),
            voted.by_participation,
            label_of(Residency),
        ),
        ("by_age_group", gettext("Ballots by age group"), voted.by_age_group, label_of(AgeGroup)),
    ]
    return [
        Table(
            f"participants_{key}",
            caption,
            headings(
                (gettext("Group"), Unit.WORDS),
                (gettext("Ballots"), Unit.NUMBER),
                (gettext("Share"), Unit.PERCENT),
            ),
            [
                [joined(group.keys, label), group.count, share_of(report, group.count, voted.ballots)]
                for group in groups
            ],
            [gettext("All ballots"), sum(group.count for group in groups), ""],
            note_on_small_groups(voted.smallest_cell, [group.keys for group in groups]),
        )
        for key, caption, groups, label in kinds
    ]


def _lead(report: Report) -> str:
    voted = PARTICIPANTS.of(report)
    if voted is None:
        return ""
    return ngettext("%(shown)s ballot was cast.", "%(shown)s ballots were cast.", voted.ballots) % {
        "shown": written(voted.ballots, Unit.NUMBER, report.currency)
    }


PARTICIPANTS: Breakdown[Participants | None] = Breakdown(
    key="participants",
    shape=Participants | None,
    query=_count,
    docs="Ballots cast, in all and by group; null where nobody voted on this platform. Groups of fewer than "
    "ten voters are put together.",
    section=Section(_("Who voted"), _lead),
    write=_tables,
)
