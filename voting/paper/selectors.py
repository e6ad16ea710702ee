"""Reads of polling places and their paper ballots."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from rounds.models import Residency, Round
from voting.ballots import sealing as ballots_sealing
from voting.ballots.exceptions import BoxDoesNotReconcile
from voting.ballots.models import BallotBox
from voting.paper import transcription
from voting.paper.models import BallotBatch, PollingPlace, TranscribedBallot
from voting.polls import choices as polls_choices
from voting.polls import keys


def differing(batch: BallotBatch) -> list[int]:
    """Return the places in the batch of papers that were keyed twice and differently, in order. One query."""
    first: dict[int, tuple[bytes, str]] = {}
    second: dict[int, tuple[bytes, str]] = {}
    rows = TranscribedBallot.objects.filter(batch=batch).values_list(
        "data_entry", "sequence", "fingerprint", "invalid"
    )
    for data_entry, sequence, fingerprint, invalid in rows:
        side = first if data_entry == TranscribedBallot.DataEntry.FIRST else second
        side[sequence] = (bytes(fingerprint), invalid)
    return sorted(
        sequence for sequence in first.keys() & second.keys() if first[sequence] != second[sequence]
    )


@dataclass(frozen=True, slots=True)
class PollingPlaceTotals:
    """One polling place: check-ins, cancelled ones, and its batches with their counts.

    Each batch has `n_first_entries` and `n_second_entries`, the ballots transcribed so far, and `n_invalid`
    of the first entry.
    """

    polling_place: PollingPlace
    check_ins: int
    cancelled_check_ins: int
    batches: Sequence[BallotBatch]
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
        return sum(batch.declared for batch in self.batches if batch.state != BallotBatch.State.WITHDRAWN)

    @property
    def is_finished(self) -> bool:
        """Return whether no batch waits to be transcribed."""
        finished = (BallotBatch.State.AGREED, BallotBatch.State.WITHDRAWN)
        return all(batch.state in finished for batch in self.batches)

    @property
    def unreturned(self) -> int:
        """People checked in whose ballot is in no batch, so far or permanently."""
        return self.check_ins - self.declared


def polling_place_totals(round: Round) -> list[PollingPlaceTotals]:
    """Return the figures of each polling place of the round, by name. Four queries."""
    polling_places = list(
        PollingPlace.objects.filter(round=round)
        .select_related("settled_by")
        .annotate(n_withdrawn=Count("cancelled_check_ins"))
    )
    check_ins: dict[int, int] = dict(
        BallotBox.objects.filter(round_id=round.pk, polling_place__isnull=False, sealed=None)
        .values_list("polling_place_id")
        .annotate(n=Count("voter_tag"))
    )
    first, second = Q(ballots__data_entry=1), Q(ballots__data_entry=2)
    batches: dict[int, list[BallotBatch]] = {}
    for batch in (
        BallotBatch.objects.filter(round=round)
        .select_related("area", "entered_by", "second_by")
        .annotate(
            n_first_entries=Count("ballots", filter=first),
            n_second_entries=Count("ballots", filter=second),
            n_invalid=Count("ballots", filter=first & ~Q(ballots__invalid="")),
        )
        .order_by("number")
    ):
        batches.setdefault(batch.polling_place_id, []).append(batch)
    agreed: dict[int, Counter[str]] = {}
    for polling_place_id, invalid, n in (
        TranscribedBallot.objects.filter(
            batch__round=round,
            batch__state=BallotBatch.State.AGREED,
            data_entry=TranscribedBallot.DataEntry.FIRST,
        )
        .values_list("batch__polling_place_id", "invalid")
        .annotate(n=Count("pk"))
        .order_by()
    ):
        agreed.setdefault(polling_place_id, Counter())[invalid] = n
    return [
        PollingPlaceTotals(
            polling_place,
            check_ins.get(polling_place.pk, 0),
            polling_place.n_withdrawn,
            batches.get(polling_place.pk, []),
            sum(agreed.get(polling_place.pk, Counter()).values()),
            {reason: n for reason, n in sorted(agreed.get(polling_place.pk, Counter()).items()) if reason},
        )
        for polling_place in polling_places
    ]


def unsettled_polling_places(round: Round) -> list[PollingPlace]:
    """Return the polling places that the count waits for. One query."""
    checked_in = BallotBox.objects.filter(polling_place=OuterRef("pk"))
    waiting = BallotBatch.objects.filter(polling_place=OuterRef("pk")).exclude(
        state__in=[BallotBatch.State.AGREED, BallotBatch.State.WITHDRAWN]
    )
    return list(
        PollingPlace.objects.filter(round=round, settled_at=None).filter(Exists(checked_in) | Exists(waiting))
    )


@dataclass(frozen=True, slots=True)
class PaperBallot:
    """A valid paper ballot of an agreed batch, opened. `participation` is resident for everybody inside."""

    ballot_ref: bytes
    choices: Mapping[int, list[polls_choices.Entry]]
    residency: str


def paper_ballots(round: Round, key: keys.RoundKey) -> list[PaperBallot]:
    """Open the paper ballots on which both keyings agree. Two queries.

    Raises BoxDoesNotReconcile if what is stored of one is not what was keyed, or if there are more papers of
    a desk than marks, inside or outside.
    """
    opened: list[PaperBallot] = []
    sheets: Counter[tuple[int, bool]] = Counter()
    rows = TranscribedBallot.objects.filter(
        batch__round=round,
        batch__state=BallotBatch.State.AGREED,
        data_entry=TranscribedBallot.DataEntry.FIRST,
    ).select_related("batch")
    for row in rows.iterator(chunk_size=2000):
        try:
            content = transcription.revealed(key, row.sealed)
        except ballots_sealing.CannotUnseal as error:
            raise BoxDoesNotReconcile("a paper ballot does not open") from error
        if content.fingerprint(key, row.batch_id, row.sequence) != bytes(row.fingerprint):
            raise BoxDoesNotReconcile("a paper ballot is not the one that was keyed")
        is_outside = row.batch.residency == Residency.OUTSIDE
        sheets[row.batch.polling_place_id, is_outside] += 1
        if not content.invalid:
            reference = transcription.ballot_ref(key, row.batch_id, row.sequence)
            choices = {number: list(entries) for number, entries in content.choices.items()}
            opened.append(PaperBallot(reference, choices, row.batch.residency))
    check_ins: Counter[tuple[int, bool]] = Counter()
    for polling_place_id, residency, n in (
        BallotBox.objects.filter(round_id=round.pk, polling_place__isnull=False, sealed=None)
        .values_list("polling_place_id", "residency")
        .annotate(n=Count("voter_tag"))
    ):
        check_ins[polling_place_id, residency == Residency.OUTSIDE] += n
    if any(n > check_ins[polling_place] for polling_place, n in sheets.items()):
        raise BoxDoesNotReconcile("a desk has more paper ballots than marks")
    return opened
