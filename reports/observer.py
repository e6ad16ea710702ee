"""An observer's view of a round: its status, counts and events; no person anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Count, Q, QuerySet

from audit.models import Event
from proposals import lifecycle
from proposals.models import Proposal
from rounds.models import Round
from voting.ballots.models import BallotBox, CastEvent, FinalBallot
from voting.counting.models import Tally
from voting.polls.models import Approval, Poll

# Prefixes of events shown to observers. Account, person and role events are excluded, and so are comments and
# reviews: their timestamps could identify someone.
_SHOWN = ("rounds.", "proposals.proposal", "moderation.", "voting.", "reports.")
_LATEST = 100


@dataclass(frozen=True, slots=True)
class StageApproval:
    """A step of the close: when one official asked for it and when a second one agreed."""

    label: str
    asked_at: datetime | None
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecentEvent:
    """An event of the record, without who did it and to which row."""

    at: datetime
    action: str
    on: str


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything on the page."""

    poll: Poll | None
    rules_hash: str
    steps: Sequence[StageApproval]
    proposals: Sequence[tuple[str, int]]
    ballots: int
    entries: int
    counted: int
    tallies: Sequence[Tally]
    recent_events: Sequence[RecentEvent]


def observe(round: Round) -> Observation:
    """Return what an observer sees of a round. Eight queries."""
    poll = Poll.objects.filter(round=round).first()
    approvals = {row.stage: row for row in Approval.objects.filter(round=round)}
    states = dict(
        Proposal.objects.filter(round=round, code__isnull=False)
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    return Observation(
        poll=poll,
        rules_hash=bytes(poll.rules_hash).hex() if poll and poll.rules_hash else "",
        steps=[
            StageApproval(
                str(stage.label),
                approvals[stage].requested_at if stage in approvals else None,
                approvals[stage].approved_at if stage in approvals else None,
            )
            for stage in Approval.Stage
        ],
        proposals=[
            (str(row.label), states[code]) for code, row in lifecycle.STATES.items() if states.get(code)
        ],
        ballots=BallotBox.objects.filter(round_id=round.pk).count(),
        entries=CastEvent.objects.filter(round=round).count(),
        counted=FinalBallot.objects.filter(round_id=round.pk).count(),
        tallies=list(
            Tally.objects.filter(ballot_style__round=round, is_decisive=True)
            .select_related("ballot_style")
            .order_by("ballot_style")
        ),
        recent_events=[
            RecentEvent(event.at, event.action, event.subject_type.partition(".")[2])
            for event in _latest_events(round)
        ],
    )


def _latest_events(round: Round) -> QuerySet[Event]:
    """Return the latest events of the round that an observer may see, newest first. One query."""
    shown = reduce(or_, (Q(action__startswith=prefix) for prefix in _SHOWN))
    return Event.objects.filter(shown, round=round).order_by("-pk")[:_LATEST]
