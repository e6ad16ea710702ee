"""The result of the vote: what is funded, what is not and why, inside and outside apart."""

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render

from voting.ballots.web.forms.lists import ResultsForm
from voting.ballots.web.places import VoteRequest, vote_page
from voting.counting import ballot_files as counting_ballot_files
from voting.counting.models import Tally
from voting.polls.models import Poll
from voting.polls.selectors import poll_of
from voting.publication import services as publication_services
from voting.publication.web.outcome import files_of, result


@vote_page()
def results(request: VoteRequest) -> HttpResponse:
    """Show the counted result; before the close only that there is none yet."""
    place = request.place
    tallies = Tally.objects.filter(ballot_style__round=place.round).select_related("ballot_style")
    by_paper: dict[int, dict[str, Tally]] = {}
    for tally in tallies:
        by_paper.setdefault(tally.ballot_style.number, {})[tally.scope] = tally
    ballot_styles = []
    if place.rules is not None:
        ballot_styles = [
            result(place.rules, ballot_style, by_paper[ballot_style.number])
            for ballot_style in place.rules.ballot_styles
            if by_paper
        ]
    form = ResultsForm(request.GET or None)
    words = form.words
    context = place.context | {
        "section": "report",
        "ballot_styles": ballot_styles,
        "poll": place.poll,
        "form": form,
        "found": [(each.ballot_style, each.localized.found(words)) for each in ballot_styles]
        if words
        else [],
        "has_bundle": publication_services.published_zip(place.round) is not None,
    }
    return render(request, "voting/results.html", context)


@vote_page()
def ballots(request: VoteRequest, number: int, scope: str) -> HttpResponse:
    """Give the counted ballots of a paper as a `.pb` file, once they are published."""
    place = request.place
    if place.poll is None or place.rules is None or place.poll.state not in _PUBLISHED:
        raise Http404
    ballot_style = place.rules.ballot_style(number)
    if ballot_style is None or scope not in Tally.Scope.values:
        raise Http404
    tallies = {
        tally.scope: tally
        for tally in Tally.objects.filter(ballot_style__round=place.round, ballot_style__number=number)
    }
    if scope not in files_of(tallies):
        raise Http404
    response = HttpResponse(
        b"".join(counting_ballot_files.ballot_file(place.round, place.rules, ballot_style, scope)),
        content_type="text/plain; charset=utf-8",
    )
    name = f"{place.round.file_stem}-{number}-{scope}.pb"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@vote_page()
def bundle(request: VoteRequest) -> FileResponse:
    """Give everything that is published of a vote as one zip."""
    round = request.round
    poll = poll_of(round)
    path = publication_services.published_zip(round) if poll is not None and poll.is_published else None
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{round.file_stem}.zip")


_PUBLISHED = (Poll.State.PUBLISHED, Poll.State.KEY_DESTROYED)
