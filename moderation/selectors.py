"""Reads of the screening queue: its contents and its speed."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from authorities.models import Authority
from moderation.hints import Hint, Kind
from moderation.models import Case, Harm
from proposals.models import WORDS

_HARM = {
    Kind.NATIONAL_ID: Harm.HIGH,
    Kind.PHONE: Harm.HIGH,
    Kind.EMAIL: Harm.HIGH,
    Kind.MESSENGER: Harm.HIGH,
    Kind.ABUSE: Harm.MEDIUM,
    Kind.ADVERTISING: Harm.MEDIUM,
    Kind.LINK: Harm.LOW,
    Kind.ADDRESS: Harm.LOW,
    Kind.POLITICAL: Harm.LOW,
    Kind.PERSONAL_GAIN: Harm.LOW,
}


def harm_of(hints: list[Hint]) -> Harm:
    """Return the worst that the hints of one text speak of."""
    return max((_HARM[hint.kind] for hint in hints), default=Harm.NONE)


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """The size of a queue; `late` of the waiting cases are overdue."""

    waiting: int
    late: int


def queue_counts(authority: Authority, now: datetime) -> QueueCounts:
    """Return what waits for an authority's moderators. One query."""
    counts = (
        Case.objects.of(authority)
        .waiting()
        .aggregate(waiting=Count("pk"), late=Count("pk", filter=Q(due_at__lte=now)))
    )
    return QueueCounts(counts["waiting"], counts["late"])


def text_of(case: Case) -> str:
    """Return the words to be screened, as one text: the comment, or all words of the proposal."""
    if case.comment is not None:
        return case.comment.text
    assert case.proposal is not None
    return "\n".join(getattr(case.proposal, name) for name in WORDS)
