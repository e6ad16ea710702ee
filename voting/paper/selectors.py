"""Reads of polling places and their paper ballots."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from rounds.models import Participation, Round
from voting.ballots import sealing as ballots_sealing
from voting.ballots.exceptions import BoxDoesNotReconcile
from voting.ballots.models import BallotBox
from voting.paper import keyed
from voting.paper.models import KeyedBallot, PaperBatch, PaperDesk
from voting.polls import choices as polls_choices
from voting.polls import keys


def differing(batch: PaperBatch) -> list[int]:
    """Return the places in the batch of papers that were keyed twice and differently, in order. One query."""
    first: dict[int, tuple[bytes, str]] = {}
    second: dict[int, tuple[bytes, str]] = {}
    rows = KeyedBallot.objects.filter(batch=batch).values_list("keying", "sequence", "fingerprint", "invalid")
    for keying, sequence, fingerprint, invalid in rows:
        side = first if keying == KeyedBallot.Keying.FIRST else second
        side[sequence] = (bytes(fingerprint), invalid)
    return sorted(
        sequence for sequence in first.keys() & second.keys() if first[sequence] != second[sequence]
    )


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """One polling place: check-ins, cancelled ones, and its batches with their counts.

    Each batch has `n_first` and `n_second`, the ballots transcribed so far, and `n_invalid` of the first
    entry.
    """

    desk: PaperDesk
    marks: int
    withdrawn_marks: int
    batches: Sequence[PaperBatch]
    # Papers of batches on which both keyings agree, and why some are no ballots, by reason.
    agreed: int
    invalid: Mapping[str, int]

    @property
    def valid(self) -> int:
        """Papers on which both keyings agree and which are ballots."""
        return self.agreed - sum(self.invalid.values())

    @property
    def declared(self) -> int:
        """Papers declared in batches that are not withdrawn."""
        return sum(batch.declared for batch in self.batches if batch.state != PaperBatch.State.WITHDRAWN)

    @property
    def is_finished(self) -> bool:
        """Return whether no batch waits to be transcribed."""
        finished = (PaperBatch.State.AGREED, PaperBatch.State.WITHDRAWN)
        return all(batch.state in finished for batch in self.batches)

    @property
    def unreturned(self) -> int:
        """People checked in whose ballot is in no batch, so far or permanently."""
        return self.marks - self.declared


def paper_figures(round: Round) -> list[DeskFigures]:
    """Return the figures of each polling place of the round, by name. Four queries."""
    desks = list(
        PaperDesk.objects.filter(round=round)
        .select_related("settled_by")
        .annotate(n_withdrawn=Count("withdrawn_marks"))
    )
    marks: dict[int, int] = dict(
        BallotBox.objects.filter(round_id=round.pk, desk__isnull=False, sealed=None)
        .values_list("desk_id")
        .annotate(n=Count("voter_tag"))
    )
    first, second = Q(ballots__keying=1), Q(ballots__keying=2)
    batches: dict[int, list[PaperBatch]] = {}
    for batch in (
        PaperBatch.objects.filter(round=round)
        .select_related("area", "entered_by", "second_by")
        .annotate(
            n_first=Count("ballots", filter=first),
            n_second=Count("ballots", filter=second),
            n_invalid=Count("ballots", filter=first & ~Q(ballots__invalid="")),
        )
        .order_by("number")
    ):
        batches.setdefault(batch.desk_id, []).append(batch)
    agreed: dict[int, Counter[str]] = {}
    for desk_id, invalid, n in (
        KeyedBallot.objects.filter(
            batch__round=round, batch__state=PaperBatch.State.AGREED, keying=KeyedBallot.Keying.FIRST
        )
        .values_list("batch__desk_id", "invalid")
        .annotate(n=Count("pk"))
        .order_by()
    ):
        agreed.setdefault(desk_id, Counter())[invalid] = n
    return [
        DeskFigures(
            desk,
            marks.get(desk.pk, 0),
            desk.n_withdrawn,
            batches.get(desk.pk, []),
            sum(agreed.get(desk.pk, Counter()).values()),
            {reason: n for reason, n in sorted(agreed.get(desk.pk, Counter()).items()) if reason},
        )
        for desk in desks
    ]


def unsettled_desks(round: Round) -> list[PaperDesk]:
    """Return the polling places that the count waits for. One query."""
    marked = BallotBox.objects.filter(desk=OuterRef("pk"))
    waiting = PaperBatch.objects.filter(desk=OuterRef("pk")).exclude(
        state__in=[PaperBatch.State.AGREED, PaperBatch.State.WITHDRAWN]
    )
    return list(
        PaperDesk.objects.filter(round=round, settled_at=None).filter(Exists(marked) | Exists(waiting))
    )


@dataclass(frozen=True, slots=True)
class PaperBallot:
    """A valid paper ballot of an agreed batch, opened. `participation` is resident for everybody inside."""

    ballot_ref: bytes
    choices: Mapping[int, list[polls_choices.Entry]]
    participation: str


def paper_ballots(round: Round, key: keys.RoundKey) -> list[PaperBallot]:
    """Open the paper ballots on which both keyings agree. Two queries.

    Raises BoxDoesNotReconcile if what is stored of one is not what was keyed, or if there are more papers of
    a desk than marks, inside or outside.
    """
    opened: list[PaperBallot] = []
    papers: Counter[tuple[int, bool]] = Counter()
    rows = KeyedBallot.objects.filter(
        batch__round=round, batch__state=PaperBatch.State.AGREED, keying=KeyedBallot.Keying.FIRST
    ).select_related("batch")
    for row in rows.iterator(chunk_size=2000):
        try:
            content = keyed.revealed(key, row.sealed)
        except ballots_sealing.CannotOpen as error:
            raise BoxDoesNotReconcile("a paper ballot does not open") from error
        if content.fingerprint(key, row.batch_id, row.sequence) != bytes(row.fingerprint):
            raise BoxDoesNotReconcile("a paper ballot is not the one that was keyed")
        is_outside = row.batch.participation == Participation.OUTSIDE
        papers[row.batch.desk_id, is_outside] += 1
        if not content.invalid:
            reference = keyed.ballot_ref(key, row.batch_id, row.sequence)
            choices = {number: list(entries) for number, entries in content.choices.items()}
            opened.append(PaperBallot(reference, choices, row.batch.participation))
    marks: Counter[tuple[int, bool]] = Counter()
    for desk_id, participation, n in (
        BallotBox.objects.filter(round_id=round.pk, desk__isnull=False, sealed=None)
        .values_list("desk_id", "participation")
        .annotate(n=Count("voter_tag"))
    ):
        marks[desk_id, participation == Participation.OUTSIDE] += n
    if any(n > marks[desk] for desk, n in papers.items()):
        raise BoxDoesNotReconcile("a desk has more paper ballots than marks")
    return opened
