"""The frozen rules, explained and byte for byte."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from voting.ballots.web.places import VoteRequest, vote_page


@vote_page()
def rules(request: VoteRequest) -> HttpResponse:
    """Explain the frozen rules and show their hash."""
    place = request.place
    if place.rules is None or place.poll is None:
        return render(request, "voting/not_open.html", place.context)
    context = place.context | {
        "poll": place.poll,
        "rules_hash": bytes(place.poll.rules_hash or b"").hex(),
        "rule_set": getattr(place.round, "rule_set", None),
    }
    return render(request, "voting/rules.html", context)


@vote_page()
def rules_text(request: VoteRequest) -> HttpResponse:
    """Give the frozen rules, byte for byte what was hashed."""
    place = request.place
    if place.poll is None or not place.poll.is_frozen:
        raise Http404
    response = HttpResponse(place.poll.rules.encode(), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{place.round.file_stem}-rules.json"'
    return response
