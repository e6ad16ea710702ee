"""The platform with two more pages for officials, and a view that does not say whom it lets in."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from authorities.models import Authority
from identity.models import Account
from identity.pages import (
    DeskEntry,
    SignedInAuthorityRequest,
    SignedInRoundRequest,
    Waiting,
    desk_page,
    round_desk_page,
)
from identity.roles import Permission
from rounds.models import Round


def _waiting(reader: Account, authority: Authority, now: datetime) -> Waiting:
    return Waiting(authority.rounds.count(), late=1)


@desk_page(
    Permission.SCREEN,
    entry=DeskEntry(title="Appeals", says="Texts that somebody asks to see again.", order=15, waits=_waiting),
)
def appeals(request: SignedInAuthorityRequest) -> HttpResponse:
    return HttpResponse(f"{request.user.email} for {request.authority.slug}")


def _is_imported(round: Round) -> bool:
    return round.is_imported


@round_desk_page(
    Permission.SCREEN,
    methods=["POST"],
    entry=DeskEntry(title="Sort", says="Imported texts.", order=5, stands=_is_imported),
)
def sort(request: SignedInRoundRequest) -> HttpResponse:
    return HttpResponse(request.round.slug)


def silent(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("<slug:authority_slug>/desk/appeals/", appeals, name="appeals"),
    path("<slug:authority_slug>/desk/<slug:round_slug>/sort/", sort, name="sort"),
    path("silent/", silent, name="silent"),
    path("", include("pbplatform.urls")),
]
