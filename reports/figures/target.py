"""The rate that the authority aims at, and what is missing to it."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reports.arithmetic import Rounding, shown
from reports.figures.counts import ADOPTED
from reports.figures.facts import Facts
from reports.figures.figure import OF_PROPOSALS_AND_ROUND, OF_ROUND, Entry, Number
from reports.render.tables import Unit, written
from reports.schema import Percent, Report


def _target(facts: Facts) -> Percent | None:
    """Return the target in percent; a whole number if it is one."""
    percent = facts.round.target_percent
    if percent is None:
        return None
    return int(percent) if percent == int(percent) else float(percent)


def _points(report: Report) -> str:
    """Say how far away the target is in percentage points, or that it is reached."""
    target = written(str(TARGET.of(report)), Unit.PERCENT, report.currency)
    if GAP_PROPOSALS.of(report) == 0:
        return gettext("The target of %(target)s is reached.") % {"target": target}
    return gettext("%(points)s percentage points below the target of %(target)s, rounded to two decimals") % {
        "points": written(GAP_POINTS.of(report), Unit.POINTS, report.currency),
        "target": target,
    }


TARGET = Number(
    key="target",
    shape=Percent | None,
    query=_target,
    docs="The reflection rate by number that the authority aims at, in percent; null where it aims at none.",
    name=_("Target"),
    sentence=_("The reflection rate by number that the authority aims for."),
    source=OF_ROUND,
    unit=Unit.PERCENT,
    is_headline=False,
)

TARGET_OWNER: Entry[str] = Entry(
    key="target_owner",
    shape=str,
    query=lambda facts: "budget_officer",
    docs="The role that answers for the target: always `budget_officer`.",
)

NEEDED_FOR_TARGET = Number(
    key="needed_for_target",
    shape=int | None,
    query=lambda facts: facts.gap.needed if facts.gap else None,
    docs="The smallest number of adopted proposals that reaches the target.",
    name=_("Adopted proposals needed to reach the target"),
    sentence=_("The smallest number of adopted proposals that reaches the target."),
    source=OF_PROPOSALS_AND_ROUND,
    is_headline=False,
)

GAP_PROPOSALS = Number(
    key="gap_proposals",
    shape=int | None,
    query=lambda facts: facts.gap.missing if facts.gap else None,
    docs="Adopted proposals missing to the target; 0 once it is reached.",
    name=_("Adopted proposals missing"),
    sentence=_("Adopted proposals needed to reach the target, minus those adopted."),
    source=OF_PROPOSALS_AND_ROUND,
    part=ADOPTED,
    whole=NEEDED_FOR_TARGET,
    parts=_("%(numerator)s adopted of %(denominator)s needed"),
    note=_points,
)

GAP_POINTS = Number(
    key="gap_points",
    shape=str | None,
    query=lambda facts: shown(facts.gap.points, 2, Rounding.HALF_UP) if facts.gap else None,
    docs="Percentage points missing to the target, rounded half up to two decimals; negative once it is "
    "passed.",
    name=_("Percentage points missing"),
    sentence=_("Target minus the exact reflection rate by number, rounded to two decimals."),
    source=OF_PROPOSALS_AND_ROUND,
    unit=Unit.POINTS,
    rounding=lambda report: gettext("rounded to two decimals"),
    is_headline=False,
)
