"""Reads for lists and pages of proposals."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from authorities.models import Authority, Category
from identity.models import Account
from identity.verification.models import Person
from identity.verification.selectors import person_of, require_entitled
from places.models import Area
from places.selectors import sole_area_in_place_of
from proposals import lifecycle
from proposals.lifecycle import Reached, State
from proposals.models import (
    Comment,
    Proposal,
    ProposalQuerySet,
    StatusChange,
    Support,
    public_rows,
)
from rounds.exceptions import Refused
from rounds.models import Act, Phase, Round


def ordered(found: ProposalQuerySet, sort: str, seed: str) -> ProposalQuerySet:
    """Return the list in one of the orders of `forms.SORTS`; `seed` fixes the random one."""
    match sort:
        case "supporters":
            return found.order_by("-n_supporters", "-submitted_at", "-pk")
        case "cost" | "-cost":
            found = found.costing()
            cost = F("counted_cost_minor")
            return found.order_by(cost.desc() if sort == "-cost" else cost.asc(), "pk")
        case "random":
            return found.shuffled(seed)
    return found.order_by("-submitted_at", "-pk")


def places(round: Round) -> list[Area]:
    """Return the places proposals of the round are for, below the authority's own area. One query.

    Also those that have ended: what was written about them is found under their names.
    """
    return list(Area.objects.below(round.authority.area).order_by("code"))


def places_to_choose(round: Round, now: datetime) -> list[Area]:
    """Return the places a new proposal of the round can be for: those that exist today. One query."""
    today = round.today(now)
    return list(Area.objects.below(round.authority.area).valid_on(today).order_by("code"))


def place_today(round: Round, area: Area | None, now: datetime) -> Area | None:
    """Return today's place of a text about an area; None for the whole, or if that was divided."""
    if area is None:
        return None
    return sole_area_in_place_of(area, round.today(now))


def place_to_show(proposal: Proposal, now: datetime) -> int | str:
    """Return the place shown as chosen in a proposal's form: an id, "whole", or "" if it was divided."""
    if proposal.area is None:
        return "whole"
    area = place_today(proposal.round, proposal.area, now)
    return "" if area is None else area.pk


def categories(round: Round) -> list[Category]:
    """Return the round's categories in the authority's order. One query."""
    return list(round.authority.categories.all())


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A status change for a reader. `explanation` is empty if it is between author and moderators."""

    change: StatusChange
    explanation: str


def timeline(proposal: Proposal, reader: Account | AnonymousUser) -> list[TimelineEntry]:
    """Return a proposal's steps, newest first. One query.

    What a text was sent back for may be personal: only its author reads those words.
    """
    is_author = reader.is_authenticated and reader.pk == proposal.author_id
    return [
        TimelineEntry(change, change.explanation if is_author else change.public_explanation)
        for change in proposal.status_changes.select_related("department").order_by("-at", "-pk")
    ]


def related(proposal: Proposal, most: int = 4) -> list[Proposal]:
    """Return public proposals near this one: of its place, else of its category. One query."""
    near = Q(category=proposal.category_id)
    if proposal.area_id is not None:
        near |= Q(area=proposal.area_id)
    return list(
        Proposal.objects.filter(near, round=proposal.round_id)
        .public()
        .exclude(pk=proposal.pk)
        .select_related("category", "area")
        .annotate(same_place=Q(area=proposal.area_id))
        .order_by("-same_place", "-n_supporters", "-pk")[:most]
    )


def supports(account: Account | AnonymousUser, proposal: Proposal) -> bool:
    """Return whether the account supports the proposal. One query, none for a stranger."""
    return account.is_authenticated and Support.objects.filter(proposal=proposal, account=account).exists()


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers of a round's submitted proposals by status, without drafts and withdrawn drafts."""

    submitted: int
    public: int
    waiting: int
    feasible: int
    on_ballot: int
    adopted: int
    not_adopted: int
    supporters: int
    comments: int

    @property
    def decided(self) -> int:
        """The number decided by the vote and the council."""
        return self.adopted + self.not_adopted


def figures(round: Round) -> Figures:
    """Return the key figures of a round. Two queries."""
    submitted = round.proposals.filter(submitted_at__isnull=False)

    def n(*states: str) -> Count:
        return Count("pk", filter=Q(state__in=states))

    counts = submitted.aggregate(
        submitted=Count("pk"),
        public=Count("pk", filter=public_rows()),
        waiting=n(State.PENDING),
        feasible=n(*lifecycle.reaching(Reached.FEASIBLE)),
        on_ballot=n(*lifecycle.reaching(Reached.ON_BALLOT)),
        adopted=n(State.ADOPTED),
        not_adopted=n(State.NOT_ADOPTED),
    )
    comments = Comment.objects.public().filter(proposal__round=round).count()
    supporters = Support.objects.filter(proposal__round=round).values("account").distinct().count()
    return Figures(comments=comments, supporters=supporters, **counts)


@dataclass(frozen=True, slots=True)
class NextAct:
    """The reader's possible action in a round now. `refusal` says why they cannot, if so."""

    # propose, comment, vote, read_results, wait_for_call, wait_for_vote, wait_for_results
    kind: str
    phase: Phase | None
    refusal: Refused | None = None


_ACTS = {
    Phase.Kind.SUBMISSION: ("propose", Act.PROPOSE),
    Phase.Kind.REVIEW: ("comment", Act.COMMENT),
    Phase.Kind.VOTING: ("vote", Act.VOTE),
}


def next_act(round: Round, reader: Account | AnonymousUser, now: datetime) -> NextAct:
    """Return what the reader can do now, or why they cannot. At most three queries."""
    phases = list(round.phases.all())
    open_now = [phase for phase in phases if phase.is_open(now)]
    if not open_now:
        ahead = [phase for phase in phases if now < phase.opens_at]
        if not ahead:
            return NextAct("read_results", None)
        kinds = {Phase.Kind.SUBMISSION: "wait_for_call", Phase.Kind.DECISION: "wait_for_results"}
        return NextAct(kinds.get(Phase.Kind(ahead[0].kind), "wait_for_next"), ahead[0])
    # If phases overlap, the later one defines the round now.
    phase = open_now[-1]
    if phase.kind not in _ACTS:
        return NextAct("wait_for_results", phase)
    kind, act = _ACTS[Phase.Kind(phase.kind)]
    return NextAct(kind, phase, _refusal(round, reader, act, now))


def _refusal(round: Round, reader: Account | AnonymousUser, act: Act, now: datetime) -> Refused | None:
    if not isinstance(reader, Account):
        # Signing in comes first; the page's button leads there.
        return None
    try:
        require_entitled(round, person_of(reader, round.authority), act, now=now)
    except Refused as refusal:
        return refusal
    return None


def assisted_texts_of(person: Person) -> list[Proposal | Comment]:
    """Return what a service desk wrote down for a person, the latest first. Two queries."""
    proposals = Proposal.objects.filter(assisted_submission__person=person).select_related(
        "assisted_submission", "round"
    )
    comments = Comment.objects.filter(assisted_submission__person=person).select_related(
        "assisted_submission", "proposal__round"
    )
    return sorted([*proposals, *comments], key=_submitted_at, reverse=True)


def _submitted_at(text: Proposal | Comment) -> datetime:
    assert text.assisted_submission is not None
    return text.assisted_submission.submitted_at


def answers_to_hand_over(authority: Authority) -> list[Proposal | Comment]:
    """Return decided texts of people without an account whom the desk has not told, the oldest first.

    A proposal comes again when something else has become of it. Two queries.
    """
    proposals, comments = _to_hand_over(authority)
    return sorted(
        [
            *proposals.select_related("assisted_submission", "round").defer("search_text"),
            *comments.select_related("assisted_submission", "proposal__round"),
        ],
        key=_submitted_at,
    )


def n_answers_to_hand_over(authority: Authority) -> int:
    """Return how many such texts there are. Two queries."""
    proposals, comments = _to_hand_over(authority)
    return proposals.count() + comments.count()


def _to_hand_over(authority: Authority) -> tuple[QuerySet[Proposal], QuerySet[Comment]]:
    """Return decided proposals and comments of people without an account whom the desk has not told."""
    status_changes = Q(status_changes__to_state__in=[State.DRAFT, State.PENDING])
    since = Coalesce("assisted_submission__notified_at", "assisted_submission__submitted_at")
    proposals = (
        Proposal.objects.filter(round__authority=authority, author=None, assisted_submission__isnull=False)
        .annotate(decided_at=Max("status_changes__at", filter=~status_changes))
        .filter(decided_at__gt=since)
    )
    comments = Comment.objects.filter(
        proposal__round__authority=authority,
        author=None,
        assisted_submission__isnull=False,
        assisted_submission__notified_at=None,
    ).exclude(state=Comment.State.PENDING)
    return proposals, comments


def unclaimed(account: Account) -> int:
    """Return how many texts desks wrote down for the account's person before it had one. Two queries."""
    mine = {"author": None, "assisted_submission__person__account": account}
    return Proposal.objects.filter(**mine).count() + Comment.objects.filter(**mine).count()


def own(account: Account, authority: Authority) -> list[Proposal]:
    """Return an account's proposals in an authority's rounds, discarded drafts left out. One query."""
    return list(
        Proposal.objects.filter(author=account, round__authority=authority)
        .exclude(state=State.WITHDRAWN, submitted_at=None)
        .select_related("round", "category", "area")
        .order_by("-created_at", "-pk")
    )
