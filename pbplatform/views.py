"""Pages that know every app: the start page, an authority's, a round's, and an official's desk."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.i18n import localize
from identity.models import Account
from identity.roles import Permission
from moderation.selectors import queue_counts
from proposals import selectors as proposals
from proposals.lifecycle import State
from proposals.models import Proposal
from proposals.views.reading import cards
from rounds import selectors
from rounds.models import Act, Authority, Entitlement, Participation, Round
from voting.models import BallotBox, Poll

LATEST = 4


def home(request: HttpRequest) -> HttpResponse:
    """Show every authority with its rounds, those that are open first. Two queries for any number."""
    now = timezone.now()
    glances = selectors.rounds_at_a_glance(now)
    authorities = [
        (authority, list(group)) for authority, group in groupby(glances, key=lambda g: g.round.authority)
    ]
    return render(request, "home.html", {"authorities": authorities, "now": now})


def authority(request: HttpRequest, authority_slug: str) -> HttpResponse:
    """Show an authority with its rounds, those that are open first. Four queries for any number."""
    authority = get_object_or_404(Authority.objects.select_related("area", "successor"), slug=authority_slug)
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


def round(request: HttpRequest, authority_slug: str, round_slug: str) -> HttpResponse:
    """Show what a round is about, where it stands, and what this reader can do in it now."""
    round = get_object_or_404(Round.objects.at(authority_slug, round_slug).select_related("rule_set"))
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
    """Who may propose and who may vote, residents first. One query."""
    order = {participation: number for number, participation in enumerate(Participation.values)}
    rows = sorted(round.entitlements.all(), key=lambda row: order[row.participation])
    groups = [(act, [row for row in rows if row.act == act]) for act in (Act.PROPOSE, Act.VOTE)]
    return [(act.value, group) for act, group in groups if group]


def _own(request: HttpRequest, round: Round) -> dict[str, int]:
    """How many proposals of the reader's wait for the reader: drafts, and texts that came back."""
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
    """What waits for an official in one place. `count` is None where nothing is counted."""

    name: str
    url: str
    says: str
    count: int | None = None
    late: int = 0


@login_required
def desk(request: HttpRequest, authority_slug: str) -> HttpResponse:
    """Show an official what waits for them, by what their roles allow."""
    authority = Authority.objects.select_related("area").filter(slug=authority_slug).first()
    account = request.user
    if authority is None or not isinstance(account, Account) or not account.roles_in(authority):
        raise Http404
    context = {
        "authority": authority,
        "section": "work",
        "works": list(_works(account, authority, timezone.now())),
    }
    return render(request, "rounds/desk.html", context)


def _works(account: Account, authority: Authority, now: datetime) -> list[Work]:
    works = []
    if account.has_perm(Permission.SCREEN, authority):
        waiting = queue_counts(authority, now)
        works.append(
            Work(
                _("Screening"),
                reverse("moderation:queue", args=[authority.slug]),
                _("Proposals and comments that nobody sees yet."),
                waiting.waiting,
                waiting.late,
            )
        )
    if account.has_perm(Permission.ASSIST, authority):
        works.append(
            Work(
                _("Write down for somebody"),
                reverse("proposals:assist", args=[authority.slug]),
                _("For people at the desk, and answers to hand over."),
                proposals.n_answers_to_hand_over(authority),
            )
        )
    if account.has_perm(Permission.REVIEW, authority):
        reviews = proposals.review_counts(account, authority, now)
        works.append(
            Work(
                _("Reviews"),
                reverse("proposals:reviews", args=[authority.slug]),
                _("Proposals your department has to examine."),
                reviews.open,
                reviews.late,
            )
        )
    works += _rounds_work(account, authority)
    works += [
        Work(
            localize(other.name),
            reverse("desk", args=[other.slug]),
            _("What this authority left open when it became part of yours."),
        )
        for other in authority.predecessors.all()
    ]
    works += [
        Work(str(name), reverse(page, args=[authority.slug]), str(says))
        for page, permission, name, says in _PAGES_OF_AUTHORITIES
        if account.has_perm(permission, authority)
    ]
    return works


# A page of officials for each authority, who may open it, what it is called, and what it is for.
_PAGES_OF_AUTHORITIES = (
    (
        "branding",
        Permission.SET_BRANDING,
        gettext_lazy("Name and look"),
        gettext_lazy("The authority's name, what the platform is called here, colour and logo."),
    ),
    (
        "reports:overview",
        Permission.SEE_OVERVIEW,
        gettext_lazy("Authorities below"),
        gettext_lazy("Figures of the authorities in your area."),
    ),
    (
        "identity:roles",
        Permission.GRANT_ROLES,
        gettext_lazy("Roles"),
        gettext_lazy("Who may do what in this authority."),
    ),
    (
        "identity:staff_views",
        Permission.SEE_VIEWS,
        gettext_lazy("Who looked at personal data"),
        gettext_lazy("Which official opened which page with whose data."),
    ),
)
# A page of officials for each round, who may open it, and the states of the vote in which there is something
# to do on it, if it has any; pages that do not exist are passed over.
_PAGES_OF_ROUNDS: tuple[tuple[str, Permission, Collection[str] | None], ...] = (
    ("voting:desk_ballot_paper", Permission.DRAW_UP_BALLOT_PAPER, None),
    ("voting:paper_desks", Permission.ENTER_PAPER, (Poll.State.FROZEN, Poll.State.CLOSED)),
    (
        "voting:desk_close",
        Permission.CLOSE_VOTE,
        [state for state in Poll.State if state != Poll.State.DRAFTED],
    ),
    ("reports:preview", Permission.PUBLISH_REPORT, None),
    ("reports:watch", Permission.OBSERVE, None),
)


def _rounds_work(account: Account, authority: Authority) -> list[Work]:
    names = {
        "voting:desk_ballot_paper": (
            _("Ballot paper"),
            _("Feasible proposals become projects with their costs."),
        ),
        "voting:paper_desks": (_("Voting on paper"), _("Mark who votes on paper, and key the papers.")),
        "voting:desk_close": (_("Close and count"), _("Close the vote, count it and certify the count.")),
        "reports:preview": (_("Report"), _("Figures of the round, and their publication.")),
        "reports:watch": (_("Watch"), _("States, counts and events, without persons.")),
    }
    works = []
    votes = dict(Poll.objects.filter(round__authority=authority).values_list("round_id", "state"))
    for round in authority.rounds.published().order_by("-fiscal_year", "slug"):
        for page, permission, states in _PAGES_OF_ROUNDS:
            if not account.has_perm(permission, authority):
                continue
            if states is not None and votes.get(round.pk) not in states:
                continue
            try:
                url = reverse(page, args=[authority.slug, round.slug])
            except NoReverseMatch:
                continue
            name, says = names[page]
            works.append(Work(f"{localize(round.title)}: {name}", url, says))
    return works
