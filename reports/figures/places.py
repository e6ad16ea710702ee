"""Proposals by area and by category: facts about public proposals, so that small numbers are not merged."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authorities.models import Category as Subject
from places.models import Area as Place
from places.selectors import sole_area_in_place_of
from reports.figures.facts import COUNTS, Facts
from reports.figures.figure import Breakdown, Section
from reports.figures.rates import share_of
from reports.figures.target import TARGET
from reports.render.tables import Chart, Table, Unit, headings, name_of, percent
from reports.schema import Area, Category, Counts, Report
from rounds.models import Phase, Round


def _mark_of_target(report: Report) -> str:
    target = TARGET.of(report)
    if target is None:
        return ""
    return gettext("The bar under each rate shows it. The line marks the target of %(target)s.") % {
        "target": percent(str(target))
    }


SECTION = Section(_("By area and category"), _mark_of_target)


def _opened(round: Round) -> datetime | None:
    """Return when the round opened for proposals, or was published, in its zone; None before. One query."""
    phase = round.phases.filter(kind=Phase.Kind.SUBMISSION).first()
    opened = phase.opens_at if phase else round.published_at
    return opened.astimezone(ZoneInfo(round.time_zone)) if opened else None


def _follow_areas(found: list[dict[str, Any]], day: date) -> None:
    """Count what is for a renamed or merged place under the one that took its place. One query and a few.

    What was divided stays under its old name: nobody has said which part it is for.
    """
    ended = Place.objects.filter(pk__in=[row["area"] for row in found if row["area"]], valid_until__lte=day)
    now_at = {area.pk: sole_area_in_place_of(area, day) for area in ended}
    for row in found:
        area = now_at.get(row["area"])
        if area is not None:
            row |= {"area__path": area.path, "area__code": area.code, "area__name": area.name}


def _count_areas(facts: Facts) -> list[Area]:
    """Count by the areas directly below the authority's, all of them; those without proposals show 0.

    A proposal for a smaller place counts for the area that contains it. Proposals for the whole area, or for
    a place that no longer exists, have their own row, so that rows add up. Three queries.
    """
    authority = facts.round.authority
    opened = _opened(facts.round)
    places = Place.objects.filter(parent=authority.area)
    if opened is not None:
        places = places.valid_on(opened.date())
    rows: dict[str, dict[str, Any]] = {
        place.path: {"code": place.code, "name": place.name} | dict.fromkeys(COUNTS, 0)
        for place in places.order_by("code")
    }
    counted = (
        facts.submitted.order_by().values("area", "area__path", "area__code", "area__name").annotate(**COUNTS)
    )
    found: list[dict[str, Any]] = [dict(counts) for counts in counted]
    if opened is not None:
        _follow_areas(found, opened.date())
    for counts in sorted(found, key=lambda counts: counts["area__code"] or ""):
        path = counts["area__path"] or ""
        place = next((known for known in rows if known and path.startswith(known)), path)
        row = rows.setdefault(
            place,
            {"code": counts["area__code"] or "", "name": counts["area__name"] or authority.area.name}
            | dict.fromkeys(COUNTS, 0),
        )
        for count in COUNTS:
            row[count] += counts[count]
    return [Area(**row) for row in rows.values()]


def _count_categories(facts: Facts) -> list[Category]:
    """Count by the authority's categories, in its order; those without proposals show 0. Two queries."""
    counted: dict[int, Mapping[str, Any]] = {
        row["category"]: dict(row) for row in facts.submitted.order_by().values("category").annotate(**COUNTS)
    }
    nothing = dict.fromkeys(COUNTS, 0)
    return [
        Category(
            slug=subject.slug,
            name=subject.name,
            **{count: counted.get(subject.pk, nothing)[count] for count in COUNTS},
        )
        for subject in Subject.objects.filter(authority=facts.round.authority)
    ]


def counts_table(
    report: Report, slug: str, caption: str, heading: str, rows: Sequence[tuple[str, Counts]], note: str = ""
) -> Table:
    """Return a table of what each row's group handed in, what was adopted of it, and at what cost."""

    def line(name: str, submitted: int, adopted: int, adopted_cost: int) -> list[str | int]:
        return [name, submitted, adopted, share_of(report, adopted, submitted), adopted_cost]

    return Table(
        slug,
        caption,
        headings(
            (heading, Unit.WORDS),
            (gettext("Submitted"), Unit.NUMBER),
            (gettext("Adopted"), Unit.NUMBER),
            (gettext("Reflection rate"), Unit.PERCENT),
            (gettext("Adopted cost"), Unit.MONEY),
        ),
        [line(name, row.submitted, row.adopted, row.adopted_cost) for name, row in rows],
        line(
            gettext("All"),
            sum(row.submitted for _name, row in rows),
            sum(row.adopted for _name, row in rows),
            sum(row.adopted_cost for _name, row in rows),
        ),
        note,
        Chart.ROWS,
    )


def _table(
    slug: str, caption: Callable[[], str], heading: Callable[[], str]
) -> Callable[[Report, Sequence[Area | Category]], Sequence[Table]]:
    """Return what writes rows with names as a table."""
    return lambda report, rows: [
        counts_table(report, slug, caption(), heading(), [(name_of(row.name), row) for row in rows])
    ]


BY_AREA: Breakdown[list[Area]] = Breakdown(
    key="by_area",
    shape=list[Area],
    query=_count_areas,
    docs="Proposals by the authority's areas, each with a row. Areas are those of the day on which the round "
    "opened for proposals; the whole area has a row of its own, so that rows add up.",
    section=SECTION,
    write=_table("by_area", lambda: gettext("By area"), lambda: gettext("Area")),
)

BY_CATEGORY: Breakdown[list[Category]] = Breakdown(
    key="by_category",
    shape=list[Category],
    query=_count_categories,
    docs="Proposals by the authority's categories, in its order, each with a row.",
    section=SECTION,
    write=_table("by_category", lambda: gettext("By category"), lambda: gettext("Category")),
)
