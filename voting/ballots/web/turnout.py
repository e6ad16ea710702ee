"""Turnout so far; nothing about the content of ballots."""

from collections.abc import Mapping, Sequence

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _

from core.i18n import localize
from core.web.requests import is_htmx
from identity.verification.models import AgeGroup
from proposals.models import Channel
from rounds.models import Residency
from voting.ballots import selectors
from voting.ballots.web.places import VoteRequest, vote_page


@vote_page()
def turnout(request: VoteRequest) -> HttpResponse:
    """Show how many have voted so far, by group; refreshed by script every few seconds."""
    place = request.place
    if place.rules is None:
        return render(request, "voting/not_open.html", place.context)
    turnout = selectors.turnout(place.round)
    context = place.context | {"turnout": turnout, "groups": _groups(turnout)}
    template = "voting/_turnout.html" if is_htmx(request) else "voting/turnout.html"
    response = render(request, template, context)
    patch_cache_control(response, no_cache=True)
    return response


def _groups(turnout: selectors.Turnout) -> list[dict[str, object]]:
    """The cells of each grouping with the reader's words; None for the merged ones."""

    def cells(cells: Sequence[selectors.Cell], words: Mapping[str, object]) -> list[tuple[object, int]]:
        return [
            (None if cell.label is None else words.get(cell.label, _("not known")), cell.count)
            for cell in cells
        ]

    areas = {code: localize(name) for code, name in turnout.areas.items()}
    return [
        {"name": "area", "cells": cells(turnout.by_area, areas)},
        {"name": "age", "cells": cells(turnout.by_age_group, dict(AgeGroup.choices))},
        {"name": "channel", "cells": cells(turnout.by_channel, dict(Channel.choices))},
        {"name": "class", "cells": cells(turnout.by_participation, dict(Residency.choices))},
    ]


@vote_page()
def turnout_data(request: VoteRequest) -> HttpResponse:
    """Give the number of ballots as JSON; nothing about what is in them."""
    place = request.place
    return JsonResponse({"ballots": selectors.turnout(place.round).total})
