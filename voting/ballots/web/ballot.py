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
from voting.ballots.web.forms.lists import OptionsForm
from voting.ballots.web.places import Place, VoteRequest, vote_page
from voting.ballots.web.selection import address, basket_context, basket_of, listed_options, selection_on
from voting.polls import choices as sealing
from voting.polls.ruleset import FrozenBallotStyle, Option, codes_of
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
    ballot_style = place.ballot_style(int(number) if number.isdecimal() and len(number) < 5 else None)
    choices = basket_of(place)
    seed = request.COOKIES.get(_ORDER_COOKIE, "")
    if not _ORDER.fullmatch(seed):
        seed = secrets.token_hex(8)
    response = render(
        request, "voting/ballot.html", place.context | _list_context(place, ballot_style, choices, seed)
    )
    response.set_cookie(
        _ORDER_COOKIE, seed, max_age=90 * 24 * 3600, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


def _list_context(
    place: Place, ballot_style: FrozenBallotStyle, choices: sealing.Choices, seed: str
) -> dict[str, object]:
    assert place.rules is not None
    form = OptionsForm(
        place.request.GET or None, ballot_style=ballot_style, rules=place.rules, language=current_language()
    )
    form.is_valid()
    selection = selection_on(place, ballot_style, choices)
    sort = place.request.GET.get("sort", "")
    sort = sort if sort in _SORTS else _SORTS[0]
    options = _sorted(
        form.keep(list(ballot_style.options.values()), set(codes_of(selection.entries))), sort, seed
    )
    asked = dict.fromkeys(place.request.GET.getlist("compare"))
    compared = [code for code in asked if code in ballot_style.options][:2]
    shows_map = place.request.GET.get("view") == "map" and any(
        option.area for option in ballot_style.options.values()
    )
    return basket_context(place, ballot_style, choices) | {
        "filter_form": form,
        "listed": listed_options(place, options, selection, compared=compared),
        "compared": listed_options(place, [ballot_style.options[code] for code in compared], selection),
        "views": _views(place, ballot_style, shows_map),
        "map": areas_map(place, ballot_style, selection) if shows_map else None,
        "sorts": _SORT_WORDS,
        "tabs": _ballot_style_tabs(place, ballot_style, choices),
        "sort": sort,
        "n_options": len(ballot_style.options),
        "clear_url": address("ballot", place) + f"?paper={ballot_style.number}",
        "stored": place.stored,
    }


def _views(place: Place, ballot_style: FrozenBallotStyle, shows_map: bool) -> list[dict[str, object]]:
    """The switch between list and map; None if no project is in an area."""
    if not any(option.area for option in ballot_style.options.values()):
        return []
    url = f"{address('ballot', place)}?paper={ballot_style.number}"
    return [
        {"name": _("List"), "url": url, "current": not shows_map},
        {"name": _("Map"), "url": f"{url}&view=map", "current": shows_map},
    ]


def _ballot_style_tabs(
    place: Place, current: FrozenBallotStyle, choices: sealing.Choices
) -> list[dict[str, object]]:
    if len(place.ballot_styles) < 2:
        return []
    return [
        {
            "name": localize(ballot_style.title),
            "url": f"{address('ballot', place)}?paper={ballot_style.number}",
            "current": ballot_style == current,
            "count": len(choices.get(ballot_style.number, ())),
        }
        for ballot_style in place.ballot_styles
    ]


def _sorted(options: list[Option], sort: str, seed: str) -> list[Option]:
    if sort == "cheap":
        return sorted(options, key=lambda option: (option.cost_minor, option.number))
    if sort == "dear":
        return sorted(options, key=lambda option: (-option.cost_minor, option.number))
    if sort == "number":
        return sorted(options, key=lambda option: option.number)
    # Everybody has an order of their own, so that no project is always first.
    return sorted(options, key=lambda option: hashlib.sha256(f"{seed}{option.code}".encode()).digest())
