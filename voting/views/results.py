"""The result of the vote: what is funded, what is not and why, inside and outside apart."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from voting import explanations, frozen, publication
from voting.frozen import Line, Paper
from voting.models import Poll, Tally
from voting.services import bundles
from voting.views.places import Place, find_round


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A project in a result. Votes are shown inside and outside apart; `reason` says why it is not funded."""

    line: Line
    place: int
    score: int
    inside: int
    outside: int
    reason: str


@dataclass(frozen=True, slots=True)
class PaperResult:
    """The decisive result of one paper, with the counts beside it."""

    paper: Paper
    tally: Tally
    funded: list[ResultLine]
    not_funded: list[ResultLine]
    inside: Tally
    outside: Tally

    @property
    def files(self) -> set[str]:
        """Whose ballots are published in a file."""
        return _scopes({"inside": self.inside, "outside": self.outside, self.tally.scope: self.tally})

    @property
    def ties(self) -> list[list[str]]:
        """Codes of projects that were equal in votes, in the order the rules put them."""
        return [tie["projects"] for tie in self.tally.outcome["ties"]]


@require_GET
def results(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show the counted result; before the close only that there is none yet."""
    place = Place(request, authority_slug, round_slug)
    tallies = Tally.objects.filter(paper__round=place.round).select_related("paper")
    by_paper: dict[int, dict[str, Tally]] = {}
    for tally in tallies:
        by_paper.setdefault(tally.paper.number, {})[tally.scope] = tally
    papers = []
    if place.rules is not None:
        papers = [
            _result(place.rules, paper, by_paper[paper.number]) for paper in place.rules.papers if by_paper
        ]
    context = place.context | {
        "section": "report",
        "papers": papers,
        "poll": place.poll,
        "has_bundle": bundles.published_zip(place.round) is not None,
    }
    return render(request, "voting/results.html", context)


@require_GET
def ballots(
    request: HttpRequest, authority_slug: str, round_slug: str, number: int, scope: str
) -> HttpResponse:
    """Give the counted ballots of a paper as a `.pb` file, once they are published."""
    place = Place(request, authority_slug, round_slug)
    if place.poll is None or place.rules is None or place.poll.state not in _PUBLISHED:
        raise Http404
    paper = place.rules.paper(number)
    if paper is None or scope not in Tally.Scope.values:
        raise Http404
    tallies = {
        tally.scope: tally for tally in Tally.objects.filter(paper__round=place.round, paper__number=number)
    }
    if scope not in _scopes(tallies):
        raise Http404
    response = HttpResponse(
        b"".join(bundles.ballot_file(place.round, place.rules, paper, scope)),
        content_type="text/plain; charset=utf-8",
    )
    name = f"{place.round.slug}-{number}-{scope}.pb"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
def bundle(request: HttpRequest, authority_slug: str, round_slug: str) -> FileResponse:
    """Give everything that is published of a vote as one zip."""
    round = find_round(authority_slug, round_slug)
    poll = getattr(round, "poll", None)
    path = bundles.published_zip(round) if poll is not None and poll.is_published else None
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{round.slug}.zip")


def _scopes(tallies: Mapping[str, Tally]) -> set[str]:
    """Whose ballots are published of a paper."""
    decides = next(tally.scope for tally in tallies.values() if tally.is_decisive)
    sizes = {scope: tallies[scope].n_ballots for scope in ("inside", "outside")}
    return publication.scopes_to_publish(sizes, decides)


_PUBLISHED = (Poll.State.PUBLISHED, Poll.State.KEY_DESTROYED)


def _result(rules: frozen.Rules, paper: Paper, tallies: dict[str, Tally]) -> PaperResult:
    inside, outside = tallies[Tally.Scope.INSIDE], tallies[Tally.Scope.OUTSIDE]
    decisive = next(tally for tally in tallies.values() if tally.is_decisive)
    outcome = decisive.outcome
    reasons = explanations.reasons(outcome, rules.currency)

    def line(code: str, place: int) -> ResultLine:
        return ResultLine(
            line=paper.lines[code],
            place=place,
            score=outcome["scores"][code],
            inside=inside.outcome["scores"][code],
            outside=outside.outcome["scores"][code],
            reason=reasons.get(code, ""),
        )

    order = {code: place for place, code in enumerate(outcome["tie_order"])}
    losers = sorted(reasons, key=lambda code: (-outcome["scores"][code], order[code]))
    return PaperResult(
        paper=paper,
        tally=decisive,
        funded=[line(code, place) for place, code in enumerate(outcome["funded"], start=1)],
        not_funded=[line(code, place) for place, code in enumerate(losers, start=1)],
        inside=inside,
        outside=outside,
    )
