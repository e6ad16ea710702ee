"""The adopted projects, as they are handed to the council."""

from collections.abc import Mapping

from django.utils.translation import gettext

from proposals.lifecycle import State
from proposals.models import Milestone
from reports.figures.facts import Facts
from reports.figures.figure import Entry
from reports.figures.places import BY_AREA, BY_CATEGORY
from reports.render.tables import Column, Table, Unit, Value, name_of, or_empty
from reports.schema import Adopted, Report
from rounds.models import Round
from voting.counting import selectors as voting


def _votes(round: Round) -> dict[str, tuple[int, int]]:
    """Return votes and rank of every counted project by code; equal votes share a rank. One query."""
    found: dict[str, tuple[int, int]] = {}
    for result in voting.decisive_tallies(round):
        scores: dict[str, int] = result.outcome["scores"]
        ordered = sorted(scores.values(), reverse=True)
        found |= {code: (score, ordered.index(score) + 1) for code, score in scores.items()}
    return found


def _list(facts: Facts) -> list[Adopted]:
    """Return the adopted projects, most votes first, with the latest progress. Three queries."""
    votes = _votes(facts.round)
    progress = dict(
        Milestone.objects.filter(proposal__round=facts.round)
        .order_by("reported_at", "pk")
        .values_list("proposal_id", "progress")
    )
    projects = []
    for proposal in (
        facts.submitted.filter(state=State.ADOPTED).select_related("category", "area").order_by("code")
    ):
        assert proposal.code is not None
        assert proposal.cost_minor is not None
        score, rank = votes.get(proposal.code, (None, None))
        latest = progress.get(proposal.pk)
        titles = {language: texts.get("title") for language, texts in proposal.translations.items()}
        projects.append(
            Adopted(
                code=proposal.code,
                votes=score,
                rank=rank,
                language=proposal.language,
                title={language: title for language, title in titles.items() if title}
                | {proposal.language: proposal.title},
                category=proposal.category.slug if proposal.category else "",
                area=proposal.area.code if proposal.area else "",
                cost=proposal.cost_minor,
                progress=Milestone.Progress(latest) if latest else "",
            )
        )
    # Projects adopted without a vote come last; `sorted` keeps the order of codes among equals.
    return sorted(projects, key=lambda project: project.rank or len(projects) + 1)


def adopted_table(report: Report, how_funded: Mapping[str, str] | None = None) -> Table:
    """Return the adopted projects, most votes first, with the sum of their costs as the total.

    `how_funded` says by code how the vote funded each, in a column of its own; None for no such column.
    """
    categories = {row.slug: row.name for row in BY_CATEGORY.of(report)}
    areas = {row.code: row.name for row in BY_AREA.of(report)}
    projects = ADOPTED_PROJECTS.of(report)
    total: list[Value] = [gettext("All"), "", "", "", "", "", sum(project.cost for project in projects), ""]
    return Table(
        "adopted_projects",
        gettext("Adopted projects"),
        [
            Column(gettext("Number"), Unit.WORDS),
            Column(gettext("Rank"), Unit.NUMBER),
            Column(gettext("Project"), Unit.WORDS, wide=2),
            Column(gettext("Area"), Unit.WORDS),
            Column(gettext("Category"), Unit.WORDS),
            Column(gettext("Votes"), Unit.NUMBER),
            Column(gettext("Cost"), Unit.MONEY),
            Column(gettext("Progress"), Unit.WORDS),
            *([] if how_funded is None else [Column(gettext("How it was funded"), Unit.WORDS, wide=2)]),
        ],
        [
            [
                project.code,
                or_empty(project.rank),
                name_of(project.title),
                name_of(areas.get(project.area, {})),
                name_of(categories.get(project.category, {})),
                or_empty(project.votes),
                project.cost,
                str(project.progress.label) if project.progress else "",
                *(
                    []
                    if how_funded is None
                    else [how_funded.get(project.code, gettext("It was not on any ballot."))]
                ),
            ]
            for project in projects
        ],
        total if how_funded is None else [*total, ""],
    )


ADOPTED_PROJECTS: Entry[list[Adopted]] = Entry(
    key="adopted_projects",
    shape=list[Adopted],
    query=_list,
    docs="The adopted projects, most votes first, with cost and latest progress.",
)
