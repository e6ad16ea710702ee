"""The list of projects to choose from."""

import hashlib
import re
import secrets

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from core.i18n import current_language, localize
from voting.ballots.web.areas import areas_map
from voting.ballots.web.filling import address, basket_context, basket_of, filled_paper, listed_lines
from voting.ballots.web.forms.lists import LinesForm
from voting.ballots.web.places import Place, VoteRequest, vote_page
from voting.polls import choices as sealing
from voting.polls.frozen import Line, Paper, codes_of
from voting.polls.selectors import Standing

# Keeps a visitor's order of the list from page to page, before and after signing in. Says nothing else.
_ORDER_COOKIE = "ballot_order"
_ORDER = re.compile(r"[0-9a-f]{16}")
_SORT_WORDS = (
    ("random", _("in your own random order")),
    ("cheap", _("lowest cost first")),
    ("dear", _("highest cost first")),
    ("number", _("number on the ballot")),
)
_SORTS = tuple(value for value, _words in _SORT_WORDS)


@never_cache
@vote_page()
def ballot(request: VoteRequest) -> HttpResponse:
    """Show the projects and the choices so far; if there is nothing to choose, say why."""
    place = request.place
    if place.standing in (Standing.NOT_READY, Standing.CLOSED) or place.rules is None:
        return render(request, "voting/not_open.html", place.context)
    number = request.GET.get("paper", "")
    paper = place.paper(int(number) if number.isdecimal() and len(number) < 5 else None)
    choices = basket_of(place)
    seed = request.COOKIES.get(_ORDER_COOKIE, "")
    if not _ORDER.fullmatch(seed):
        seed = secrets.token_hex(8)
    response = render(
        request, "voting/ballot.html", place.context | _list_context(place, paper, choices, seed)
    )
    response.set_cookie(
        _ORDER_COOKIE, seed, max_age=90 * 24 * 3600, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


def _list_context(place: Place, paper: Paper, choices: sealing.Choices, seed: str) -> dict[str, object]:
    assert place.rules is not None
    form = LinesForm(place.request.GET or None, paper=paper, rules=place.rules, language=current_language())
    form.is_valid()
    filled = filled_paper(place, paper, choices)
    sort = place.request.GET.get("sort", "")
    sort = sort if sort in _SORTS else _SORTS[0]
    lines = _sorted(form.keep(list(paper.lines.values()), set(codes_of(filled.entries))), sort, seed)
    asked = dict.fromkeys(place.request.GET.getlist("compare"))
    compared = [code for code in asked if code in paper.lines][:2]
    shows_map = place.request.GET.get("view") == "map" and any(line.area for line in paper.lines.values())
    return basket_context(place, paper, choices) | {
        "filter_form": form,
        "listed": listed_lines(place, lines, filled, compared=compared),
        "compared": listed_lines(place, [paper.lines[code] for code in compared], filled),
        "views": _views(place, paper, shows_map),
        "map": areas_map(place, paper, filled) if shows_map else None,
        "sorts": _SORT_WORDS,
        "tabs": _paper_tabs(place, paper, choices),
        "sort": sort,
        "n_lines": len(paper.lines),
        "clear_url": address("ballot", place) + f"?paper={paper.number}",
        "stored": place.stored,
    }


def _views(place: Place, paper: Paper, shows_map: bool) -> list[dict[str, object]]:
    """The switch between list and map; None if no project is in an area."""
    if not any(line.area for line in paper.lines.values()):
        return []
    url = f"{address('ballot', place)}?paper={paper.number}"
    return [
        {"name": _("List"), "url": url, "current": not shows_map},
        {"name": _("Map"), "url": f"{url}&view=map", "current": shows_map},
    ]


def _paper_tabs(place: Place, current: Paper, choices: sealing.Choices) -> list[dict[str, object]]:
    if len(place.papers) < 2:
        return []
    return [
        {
            "name": localize(paper.title),
            "url": f"{address('ballot', place)}?paper={paper.number}",
            "current": paper == current,
            "count": len(choices.get(paper.number, ())),
        }
        for paper in place.papers
    ]


def _sorted(lines: list[Line], sort: str, seed: str) -> list[Line]:
    if sort == "cheap":
        return sorted(lines, key=lambda line: (line.cost_minor, line.number))
    if sort == "dear":
        return sorted(lines, key=lambda line: (-line.cost_minor, line.number))
    if sort == "number":
        return sorted(lines, key=lambda line: line.number)
    # Everybody has an order of their own, so that no project is always first.
    return sorted(lines, key=lambda line: hashlib.sha256(f"{seed}{line.code}".encode()).digest())
