"""The open log: a page that explains it, and its files in the layout of tlog-tiles."""

import re

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render

from voting.ballots import logbook, merkle
from voting.ballots.models import Checkpoint
from voting.ballots.web.places import VoteRequest, vote_page

# A million in thousands: x001/234/567; behind it the width of a tile that is not whole: .p/17.
_TILE_PLACE = re.compile(r"((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")
_ON_A_PAGE = 20


@vote_page()
def log(request: VoteRequest) -> HttpResponse:
    """Explain the log to a resident: how far it has come, what it shows, where to get it."""
    place = request.place
    last = logbook.latest(place.round)
    if last is None:
        return render(request, "voting/not_open.html", place.context)
    checkpoints = Paginator(place.round.checkpoints.order_by("-size"), _ON_A_PAGE)
    context = place.context | {
        "poll": place.poll,
        "last": last,
        "key": logbook.key_of(last, place.round),
        "page": checkpoints.get_page(request.GET.get("page")),
    }
    return render(request, "voting/log.html", context)


@vote_page()
def checkpoint(request: VoteRequest) -> HttpResponse:
    """Give the last checkpoint, a signed note."""
    response = _note(logbook.latest(request.round))
    response["Cache-Control"] = "public, max-age=30"
    return response


@vote_page()
def old_checkpoint(request: VoteRequest, size: int) -> HttpResponse:
    """Give the checkpoint of one size, byte for byte as it was published then."""
    if size >= 1 << 63:
        raise Http404
    return _for_ever(_note(logbook.checkpoint(request.round, size)))


@vote_page()
def tile(request: VoteRequest, level: int, tile_place: str) -> HttpResponse:
    """Give the hashes of a tile, 32 bytes each."""
    number, width = _read_place(tile_place)
    return _octets(logbook.tile(request.round, level, number, width))


@vote_page()
def bundle_of_entries(request: VoteRequest, tile_place: str) -> HttpResponse:
    """Give the entries under a tile of the lowest level."""
    number, width = _read_place(tile_place)
    return _octets(logbook.bundle_of_entries(request.round, number, width))


def _read_place(text: str) -> tuple[int, int]:
    found = _TILE_PLACE.fullmatch(text)
    width = int(found[2] or merkle.TILE) if found else 0
    if found is None or width > merkle.TILE or (found[2] and width == merkle.TILE) or len(text) > 40:
        raise Http404
    return int(re.sub(r"[x/]", "", found[1])), width


def _note(found: Checkpoint | None) -> HttpResponse:
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.note), content_type="text/plain; charset=utf-8")


def _octets(content: bytes | None) -> HttpResponse:
    if content is None:
        raise Http404
    return _for_ever(HttpResponse(content, content_type="application/octet-stream"))


def _for_ever(response: HttpResponse) -> HttpResponse:
    # The log never changes what it once said of a place, not even while the tile is incomplete.
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
