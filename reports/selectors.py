"""A round's figures as they stand in the records now: one query per figure."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from proposals.lifecycle import State
from proposals.models import Milestone, Proposal
from reports import figures
from reports.figures import Cell, Rounding, Share
from reports.models import Snapshot
from rounds.models import Area, Category, Phase, Round
from rounds.selectors import sole_area_in_place_of
from voting import selectors as voting
from voting.models import Poll

# The layout of a report's document; a reader that knows 1 can read every document marked 1. From 2 on the
# document has a `vote`: what was counted, with its explanations, or null where nothing was certified.
FORMAT = 2

# How a submitted proposal can end, in the order of the funnel. What has not ended comes after.
ENDS = (
    State.ADOPTED,
    State.NOT_ADOPTED,
    State.INELIGIBLE,
    State.REFERRED,
    State.MERGED,
    State.WITHDRAWN,
)
STILL_OPEN = (State.PENDING, State.SENT_BACK, State.PUBLISHED, State.FEASIBLE, State.ON_BALLOT)

_COUNTS = {
    "submitted": Count("pk"),
    "adopted": Count("pk", filter=Q(state=State.ADOPTED)),
    "adopted_cost": Sum("reviewed_cost_minor", filter=Q(state=State.ADOPTED), default=0),
}


def latest(round: Round) -> Snapshot | None:
    """Return the report that stands, or None before the first. One query."""
    return round.snapshots.order_by("-number").first()


def is_certified(round: Round) -> bool:
    """Return whether the result of the round's vote is final. One query."""
    return Poll.objects.filter(round=round, state__in=voting.CERTIFIED).exists()


def submitted(round: Round) -> QuerySet[Proposal]:
    """Return what was handed in, whatever became of it: everything with a code; drafts have none."""
    return round.proposals.filter(code__isnull=False)


def document(round: Round, *, now: datetime) -> dict[str, Any]:
    """Return the round's report as JSON values: what a snapshot keeps and every form of it shows.

    Amounts are in minor units of `currency`. Names come in every language there is. A constant
    number of queries.
    """
    funnel = _funnel(round)
    money = submitted(round).aggregate(
        requested=Sum("requested_cost_minor", default=0), adopted=_COUNTS["adopted_cost"]
    )
    n_submitted = sum(funnel.values())
    n_adopted = funnel[State.ADOPTED]
    n_on_ballot = funnel[State.ADOPTED] + funnel[State.NOT_ADOPTED] + funnel.get(State.ON_BALLOT, 0)

    def share(name: str, numerator: int, denominator: int) -> Share:
        return Share(name, numerator, denominator, round.rate_decimals, Rounding(round.rate_rounding))

    by_number = share("adopted proposals of submitted proposals", n_adopted, n_submitted)
    missing = figures.gap(by_number, round.target_percent) if round.target_percent is not None else None
    return {
        "format": FORMAT,
        "round": round.slug,
        "authority": round.authority.slug,
        "authority_name": round.authority.name,
        "title": round.title,
        "notice": round.notice,
        "is_imported": round.is_imported,
        "fiscal_year": round.fiscal_year,
        "as_of": now.isoformat(),
        "time_zone": round.time_zone,
        "currency": round.currency,
        "budget": round.budget_minor,
        "budget_is_approximate": round.budget_is_approximate,
        "submitted": n_submitted,
        "adopted": n_adopted,
        "reflection_rate": by_number.document(),
        "reflection_rate_by_money": share(
            "cost of adopted proposals of cost of submitted proposals", money["adopted"], money["requested"]
        ).document(),
        "adoption_rate": share(
            "adopted proposals of proposals on the ballot", n_adopted, n_on_ballot
        ).document(),
        "budget_use": share(
            "cost of adopted proposals of the budget", money["adopted"], round.budget_minor
        ).document(),
        "target": _number(round.target_percent),
        "target_owner": "budget_officer",
        "needed_for_target": missing.needed if missing else None,
        "gap_proposals": missing.missing if missing else None,
        "gap_points": figures.shown(missing.points, 2, Rounding.HALF_UP) if missing else None,
        "requested_cost": money["requested"],
        "adopted_cost": money["adopted"],
        "budget_left": round.budget_minor - money["adopted"],
        "funnel": {str(state): count for state, count in funnel.items()},
        "reasons": _reasons(round),
        "by_area": _by_area(round),
        "by_category": _by_category(round),
        "by_track": _by_group(round, "track"),
        "by_participation": _by_group(round, "participation"),
        "by_age_group": _by_group(round, "age_group"),
        "by_foreign_resident": _by_group(round, "is_foreign_resident"),
        "participants": _participants(round),
        "smallest_cell": figures.SMALLEST_CELL,
        "adopted_projects": _adopted(round),
        "vote": voting.certified_results(round),
    }


def _number(percent: Any) -> int | float | None:
    if percent is None:
        return None
    return int(percent) if percent == int(percent) else float(percent)


def _funnel(round: Round) -> dict[State, int]:
    """Count proposals by where they stand; every end is named, open states only where there are any."""
    counts = dict(submitted(round).order_by().values_list("state").annotate(Count("pk")))
    return {state: counts.get(state, 0) for state in ENDS} | {
        state: counts[state] for state in STILL_OPEN if counts.get(state)
    }


def _reasons(round: Round) -> list[dict[str, Any]]:
    """Count the reasons of every no, by how it ended; the commonest first."""
    ended = [state for state in ENDS if state != State.ADOPTED]
    rows = (
        submitted(round)
        .filter(state__in=ended)
        .order_by()
        .values("state", "ground")
        .annotate(count=Count("pk"))
    )
    return sorted((dict(row) for row in rows), key=lambda row: (-row["count"], row["ground"]))


def _follow_areas(found: list[dict[str, Any]], day: date) -> None:
    """Count what is for a renamed or merged place under the one that took its place. One query and a few.

    What was divided stays under its old name: nobody has said which part it is for.
    """
    ended = Area.objects.filter(pk__in=[row["area"] for row in found if row["area"]], valid_until__lte=day)
    now_at = {area.pk: sole_area_in_place_of(area, day) for area in ended}
    for row in found:
        area = now_at.get(row["area"])
        if area is not None:
            row |= {"area__path": area.path, "area__code": area.code, "area__name": area.name}


def _by_area(round: Round) -> list[dict[str, Any]]:
    """Count by the areas directly below the authority's, all of them; those without proposals show 0.

    A proposal for a smaller place counts where that lies. What is for the whole area, or for a place
    that no longer exists, has a row of its own, so that rows add up. Three queries.
    """
    phase = round.phases.filter(kind=Phase.Kind.SUBMISSION).first()
    opened = phase.opens_at if phase else round.published_at
    areas = Area.objects.filter(parent=round.authority.area)
    if opened is not None:
        areas = areas.valid_on(round.today(opened))
    rows = {
        area.path: {"code": area.code, "name": area.name, "submitted": 0, "adopted": 0, "adopted_cost": 0}
        for area in areas.order_by("code")
    }
    counted = (
        submitted(round)
        .order_by()
        .values("area", "area__path", "area__code", "area__name")
        .annotate(**_COUNTS)
    )
    found: list[dict[str, Any]] = [dict(counts) for counts in counted]
    if opened is not None:
        _follow_areas(found, round.today(opened))
    for counts in sorted(found, key=lambda counts: counts["area__code"] or ""):
        path = counts["area__path"] or ""
        place = next((known for known in rows if known and path.startswith(known)), path)
        row = rows.setdefault(
            place,
            {
                "code": counts["area__code"] or "",
                "name": counts["area__name"] or round.authority.area.name,
                "submitted": 0,
                "adopted": 0,
                "adopted_cost": 0,
            },
        )
        for figure in _COUNTS:
            row[figure] += counts[figure]
    return list(rows.values())


def _by_category(round: Round) -> list[dict[str, Any]]:
    """Count by the authority's categories, in its order; those without proposals show 0. Two queries."""
    counted: dict[int, dict[str, Any]] = {
        row["category"]: dict(row)
        for row in submitted(round).order_by().values("category").annotate(**_COUNTS)
    }
    return [
        {"slug": category.slug, "name": category.name}
        | {figure: counted.get(category.pk, {}).get(figure, 0) for figure in _COUNTS}
        for category in Category.objects.filter(authority=round.authority)
    ]


def _by_group(round: Round, field: str) -> list[dict[str, Any]]:
    """Count by a fact about the proposers; groups too small to publish are joined. One query."""
    rows = submitted(round).order_by(field).values(field).annotate(**_COUNTS)
    return cells(
        Cell((_key(row[field]),), row["submitted"], row["adopted"], row["adopted_cost"]) for row in rows
    )


def _participants(round: Round) -> dict[str, Any] | None:
    """Return how many cast a ballot, in all and by group; None where nobody did.

    Once the box was emptied with its key, the figures are those of the report that stands. Three queries.
    """
    turnout = voting.turnout(round)
    if not turnout.total:
        standing = latest(round)
        return standing.document["participants"] if standing else None
    return {
        "ballots": turnout.total,
        "by_channel": _ballots(turnout.by_channel),
        "by_participation": _ballots(turnout.by_participation),
        "by_age_group": _ballots(turnout.by_age_group),
        "smallest_cell": voting.SMALLEST_CELL,
    }


def _ballots(cells: Iterable[voting.Cell]) -> list[dict[str, Any]]:
    """Return groups of ballots; groups that were put together have no key."""
    return [{"keys": [] if cell.label is None else [_key(cell.label)], "count": cell.count} for cell in cells]


def _key(value: object) -> str:
    """Return a group's key in the document; "not_stated" for what the proposer did not tell."""
    if value is None or value == "":
        return "not_stated"
    return str(value).lower()


def cells(groups: Iterable[Cell]) -> list[dict[str, Any]]:
    """Return groups as the document keeps them: those with few people in them stand together."""
    return [cell.document() for cell in figures.merged(list(groups))]


def _votes(round: Round) -> dict[str, tuple[int, int]]:
    """Return votes and rank of every counted project by code; equal votes share a rank. One query."""
    found: dict[str, tuple[int, int]] = {}
    for result in voting.decisive_tallies(round):
        scores: dict[str, int] = result.outcome["scores"]
        ordered = sorted(scores.values(), reverse=True)
        found |= {code: (score, ordered.index(score) + 1) for code, score in scores.items()}
    return found


def _adopted(round: Round) -> list[dict[str, Any]]:
    """Return the adopted projects, most votes first, with the latest progress. Three queries."""
    votes = _votes(round)
    progress = dict(
        Milestone.objects.filter(proposal__round=round)
        .order_by("reported_at", "pk")
        .values_list("proposal_id", "progress")
    )
    projects = [
        {
            "code": proposal.code,
            "votes": votes[proposal.code][0] if proposal.code in votes else None,
            "rank": votes[proposal.code][1] if proposal.code in votes else None,
            "language": proposal.language,
            "title": {
                language: texts["title"]
                for language, texts in proposal.translations.items()
                if texts.get("title")
            }
            | {proposal.language: proposal.title},
            "category": proposal.category.slug if proposal.category else "",
            "area": proposal.area.code if proposal.area else "",
            "cost": proposal.cost_minor,
            "progress": progress.get(proposal.pk, ""),
        }
        for proposal in submitted(round)
        .filter(state=State.ADOPTED)
        .select_related("category", "area")
        .order_by("code")
    ]
    # Projects adopted without a vote come last; `sorted` keeps the order of codes among equals.
    return sorted(projects, key=lambda project: project["rank"] or len(projects) + 1)
