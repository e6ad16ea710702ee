"""The result of the vote: what is funded, what is not and why, inside and outside apart."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from voting.forms import ResultsForm
from voting.models import Poll, Tally
from voting.selectors import poll_of
from voting.services import bundles
from voting.views.outcome import files_of, result
from voting.views.places import Place, find_round


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
            result(place.rules, paper, by_paper[paper.number]) for paper in place.rules.papers if by_paper
        ]
    form = ResultsForm(request.GET or None)
    words = form.words
    context = place.context | {
        "section": "report",
        "papers": papers,
        "poll": place.poll,
        "form": form,
        "found": [(each.paper, each.told.found(words)) for each in papers] if words else [],
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
    if scope not in files_of(tallies):
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
    poll = poll_of(round)
    path = bundles.published_zip(round) if poll is not None and poll.is_published else None
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{round.slug}.zip")


_PUBLISHED = (Poll.State.PUBLISHED, Poll.State.KEY_DESTROYED)
