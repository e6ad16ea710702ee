"""Proposals by facts about the people who handed them in. Groups too small to publish are joined."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from authorities.selectors import track_in_words, track_texts
from core.cells import shown_apart
from identity.verification.models import AgeGroup
from reports.figures.facts import COUNTS, Facts
from reports.figures.figure import Breakdown, Entry, Section
from reports.figures.places import counts_table
from reports.render.tables import Table, joined, label_of, note_on_small_groups
from reports.schema import Group, Report
from rounds.models import Residency

# Groups of fewer people than this are merged before publication.
SMALLEST_CELL = 5

SECTION = Section(_("Who proposed"))


def merged(groups: Sequence[Group], smallest: int = SMALLEST_CELL) -> list[Group]:
    """Return the groups, those of fewer than `smallest` people joined into one, which comes last.

    Which these are, and when nothing is returned, `core.cells` says.
    """
    alone, together = shown_apart({place: group.submitted for place, group in enumerate(groups)}, smallest)
    kept = [groups[place] for place in alone]
    if not together:
        return kept
    joint, *others = (groups[place] for place in together)
    for other in others:
        joint = joint.joined(other)
    return [*kept, joint]


def key_of(value: object) -> str:
    """Return a group's key in the document; "not_stated" for what the person did not tell."""
    if value is None or value == "":
        return "not_stated"
    return str(value).lower()


def _by(
    field: str,
    caption: Callable[[], str],
    label_in: Callable[[Report], Callable[[str], str]],
    docs: str,
    key: str = "",
) -> Breakdown[list[Group]]:
    """Return the figure that counts proposals by a field of theirs. One query."""
    key = key or f"by_{field.removeprefix('is_')}"

    def count(facts: Facts) -> list[Group]:
        rows = facts.submitted.order_by(field).values(field).annotate(**COUNTS)
        return merged(
            [Group(keys=[key_of(row[field])], **{count: row[count] for count in COUNTS}) for row in rows]
        )

    def write(report: Report, groups: list[Group]) -> Sequence[Table]:
        label = label_in(report)
        return [
            counts_table(
                report,
                key,
                caption(),
                gettext("Group"),
                [(joined(group.keys, label), group) for group in groups],
                note_on_small_groups(SMALLEST.of(report), [group.keys for group in groups]),
            )
        ]

    return Breakdown(key=key, shape=list[Group], query=count, docs=docs, section=SECTION, write=write)


_FOREIGN = {
    "true": gettext_lazy("foreign residents"),
    "false": gettext_lazy("nationals"),
    "not_stated": gettext_lazy("not stated"),
}


def _track_in(report: Report) -> Callable[[str], str]:
    """Return what puts a track of the report's authority into words."""
    texts = track_texts(report.authority)
    return lambda code: track_in_words(texts, code)


BY_TRACK = _by(
    "track", lambda: gettext("By kind of proposal"), _track_in, "Proposals by the call they answer."
)
BY_PARTICIPATION = _by(
    "residency",
    lambda: gettext("By connection to the area"),
    lambda report: label_of(Residency),
    "Proposals by where their proposers live, work or study.",
    key="by_participation",
)
BY_AGE_GROUP = _by(
    "age_group",
    lambda: gettext("By age group of proposers"),
    lambda report: label_of(AgeGroup),
    "Proposals by the age of their proposers.",
)
BY_FOREIGN_RESIDENT = _by(
    "is_foreign_resident",
    lambda: gettext("By nationality of proposers"),
    lambda report: lambda key: str(_FOREIGN[key]),
    "Proposals by whether their proposers are foreign residents.",
)

SMALLEST: Entry[int] = Entry(
    key="smallest_cell",
    shape=int,
    query=lambda facts: SMALLEST_CELL,
    docs="Groups of fewer proposers than this are put together with others.",
)
