"""Pages that know every app: the start page, an authority's, a round's, and an official's desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from authorities.models import Authority
from core.i18n import localize
from core.web.pages import Route, public_page
from identity.models import Account
from identity.pages import (
    AuthorityRequest,
    DeskEntry,
    RoundRequest,
    SignedInAuthorityRequest,
    authority_page,
    desk_entries,
    desk_page,
    round_page,
)
from proposals import selectors as proposals
from proposals.lifecycle import State
from proposals.models import Proposal
from proposals.web.public_pages import cards
from rounds import selectors
from rounds.models import Act, Entitlement, Residency, Round
from voting.ballots.models import BallotBox

LATEST = 4


@public_page()
def home(request: HttpRequest) -> HttpResponse:
    """Show every authority with its rounds, those that are open first. Two queries for any number."""
    now = timezone.now()
    glances = selectors.rounds_at_a_glance(now)
    authorities = [
        (authority, list(group)) for authority, group in groupby(glances, key=lambda g: g.round.authority)
    ]
    return render(request, "home.html", {"authorities": authorities, "now": now})


@authority_page(select=["successor"])
def authority(request: AuthorityRequest) -> HttpResponse:
    """Show an authority with its rounds, those that are open first. Four queries for any number."""
    authority = request.authority
    now = timezone.now()
    glances = [
        glance for glance in selectors.rounds_at_a_glance(now) if glance.round.authority_id == authority.pk
    ]
    context = {
        "authority": authority,
        "glances": glances,
        "now": now,
        "predecessors": authority.predecessors.all(),
    }
    return render(request, "rounds/authority.html", context)


@round_page(select=["rule_set"])
def round(request: RoundRequest) -> HttpResponse:
    """Show a round's subject and progress, and what this reader can do in it now."""
    round = request.round
    now = timezone.now()
    latest = Proposal.objects.filter(round=round).public().select_related("category", "area")
    context = {
        "authority": round.authority,
        "round": round,
        "section": "overview",
        "now": now,
        "calendar": selectors.calendar(round, now),
        "act": proposals.next_act(round, request.user, now),
        "figures": proposals.figures(round),
        "n_ballots": BallotBox.objects.filter(round_id=round.pk).count(),
        "entitled": _entitled(round),
        "cards": cards(latest.order_by("-submitted_at", "-pk").defer("search_text")[:LATEST]),
        "own": _own(request, round),
    }
    return render(request, "rounds/round.html", context)


def _entitled(round: Round) -> list[tuple[str, list[Entitlement]]]:
    """People who can propose and who can vote, residents first. One query."""
    order = {residency: number for number, residency in enumerate(Residency.values)}
    rows = sorted(round.entitlements.all(), key=lambda row: order[row.residency])
    groups = [(act, [row for row in rows if row.act == act]) for act in (Act.PROPOSE, Act.VOTE)]
    return [(act.value, group) for act, group in groups if group]


def _own(request: HttpRequest, round: Round) -> dict[str, int]:
    """The number of the reader's proposals that wait for the reader: drafts, and returned texts."""
    if not isinstance(request.user, Account):
        return {"drafts": 0, "sent_back": 0}
    states = list(
        Proposal.objects.filter(
            round=round, author=request.user, state__in=[State.DRAFT, State.SENT_BACK]
        ).values_list("state", flat=True)
    )
    return {"drafts": states.count(State.DRAFT), "sent_back": states.count(State.SENT_BACK)}


@dataclass(frozen=True, slots=True)
class Work:
    """Work that waits for an official in one place. `count` is None if nothing is counted."""

    name: str
    url: str
    says: str
    count: int | None = None
    late: int = 0


@desk_page(None)
def desk(request: SignedInAuthorityRequest) -> HttpResponse:
    """Show an official what waits for them, by what their roles allow."""
    context = {
        "authority": request.authority,
        "section": "work",
        "works": list(_works(request.user, request.authority, timezone.now())),
    }
    return render(request, "rounds/desk.html", context)


def _works(account: Account, authority: Authority, now: datetime) -> Iterator[Work]:
    """List what officials' pages say of themselves (`DeskEntry`), of those that the account may open.

    One query for all rounds, one for the authorities before this one, and what the counts need.
    """
    pages = desk_entries(account, authority)
    of_authority = [page for page in pages if "round_slug" not in page[0].parts]
    of_rounds = [page for page in pages if "round_slug" in page[0].parts]
    for route, entry in of_authority:
        if entry.waits is not None:
            yield _work(route, entry, account, authority, now)
    rounds = authority.rounds.published().select_related("poll").defer("poll__rules")
    for round in rounds.order_by("-fiscal_year", "slug") if of_rounds else ():
        for route, entry in of_rounds:
            if entry.stands is None or entry.stands(round):
                yield _work(route, entry, account, round, now)
    for other in authority.predecessors.all():
        yield Work(
            localize(other.name),
            reverse("desk", args=[other.slug]),
            _("Open work of an authority that became part of yours."),
        )
    for route, entry in of_authority:
        if entry.waits is None:
            yield _work(route, entry, account, authority, now)


def _work(
    route: Route, entry: DeskEntry[Any], account: Account, place: Authority | Round, now: datetime
) -> Work:
    waiting = entry.waits(account, place, now) if entry.waits is not None else None
    if isinstance(place, Round):
        name = f"{localize(place.title)}: {entry.title}"
        slugs = [place.authority.slug, place.slug]
    else:
        name, slugs = str(entry.title), [place.slug]
    return Work(
        name,
        reverse(route.name, args=slugs),
        str(entry.says),
        waiting.count if waiting else None,
        waiting.late if waiting else 0,
    )
