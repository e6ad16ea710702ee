"""Former addresses of officials' pages: each redirects permanently to the page as it is named now."""

from typing import Any

from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.urls import URLPattern, path, reverse

from identity.pages import SignedInAuthorityRequest, desk_page

_ROUND = "<slug:authority_slug>/desk/<slug:round_slug>"
_MOVED = {
    f"{_ROUND}/ballot-paper/": "voting:desk_ballot_styles",
    f"{_ROUND}/ballot-paper/ballot.pdf": "voting:desk_ballot_proof",
    f"{_ROUND}/paper/": "voting:polling_places",
    f"{_ROUND}/paper/ballot.pdf": "voting:ballot_sheet",
    f"{_ROUND}/paper/<int:polling_place_id>/": "voting:polling_place",
    f"{_ROUND}/paper/batches/<int:batch_id>/": "voting:ballot_batch",
    f"{_ROUND}/watch/": "reports:observer",
    "<slug:authority_slug>/desk/overview/": "reports:rollup",
    "<slug:authority_slug>/desk/overview.json": "reports:rollup_data",
}


def _moved(pattern: str, name: str) -> URLPattern:
    @desk_page(None)
    def redirect_for_good(request: SignedInAuthorityRequest, **parts: Any) -> HttpResponse:
        address = reverse(name, kwargs={"authority_slug": request.authority.slug, **parts})
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)

    return path(pattern, redirect_for_good, name="moved_" + name.replace(":", "_"))


urlpatterns = [_moved(pattern, name) for pattern, name in _MOVED.items()]
