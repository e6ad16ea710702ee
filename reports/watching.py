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
class Step:
    """A step of the close: when one official asked for it and when a second one agreed."""

    label: str
    asked_at: datetime | None
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the record, without who did it and to which row."""

    at: datetime
    action: str
    on: str


@dataclass(frozen=True, slots=True)
class Watched:
    """Everything on the page."""

    poll: Poll | None
    rules_hash: str
    steps: Sequence[Step]
    proposals: Sequence[tuple[str, int]]
    ballots: int
    entries: int
    counted: int
    tallies: Sequence[Tally]
    happenings: Sequence[Happening]


def watched(round: Round) -> Watched:
    """Return what an observer sees of a round. Eight queries."""
    poll = Poll.objects.filter(round=round).first()
    approvals = {row.step: row for row in Approval.objects.filter(round=round)}
    states = dict(
        Proposal.objects.filter(round=round, code__isnull=False)
        .values_list("state")
        .annotate(Count("pk"))
        .order_by()
    )
    return Watched(
        poll=poll,
        rules_hash=bytes(poll.rules_hash).hex() if poll and poll.rules_hash else "",
        steps=[
            Step(
                str(step.label),
                approvals[step].requested_at if step in approvals else None,
                approvals[step].approved_at if step in approvals else None,
            )
            for step in Approval.Step
        ],
        proposals=[
            (str(row.label), states[code]) for code, row in lifecycle.STATES.items() if states.get(code)
        ],
        ballots=BallotBox.objects.filter(round_id=round.pk).count(),
        entries=CastEvent.objects.filter(round=round).count(),
        counted=FinalBallot.objects.filter(round_id=round.pk).count(),
        tallies=list(
            Tally.objects.filter(paper__round=round, is_decisive=True)
            .select_related("paper")
            .order_by("paper")
        ),
        happenings=[
            Happening(event.at, event.action, event.subject_type.partition(".")[2])
            for event in _latest_events(round)
        ],
    )


def _latest_events(round: Round) -> QuerySet[Event]:
    """Return the latest events of the round that an observer may see, newest first. One query."""
    shown = reduce(or_, (Q(action__startswith=prefix) for prefix in _SHOWN))
    return Event.objects.filter(shown, round=round).order_by("-pk")[:_LATEST]
