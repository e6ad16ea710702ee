"""Reads about the vote that answer with plain values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from core.cells import shown_apart
from rounds.models import Area, Participation, Phase, Round
from rounds.prepared import Prepared
from voting import documents, frozen, keyed, keys, publication, sealing
from voting.exceptions import BoxDoesNotReconcile
from voting.models import BallotBox, Extension, KeyedBallot, PaperBatch, PaperDesk, Poll, Tally

# A turnout cell of fewer people is merged with others before it is shown, as their ballots are.
SMALLEST_CELL = publication.SMALLEST_GROUP
# The states in which a result is final.
CERTIFIED = (Poll.State.CERTIFIED, Poll.State.PUBLISHED, Poll.State.KEY_DESTROYED)


# Asked by every ballot.
_voting_phase = Prepared(
    lambda round_id: Phase.objects.filter(round_id=round_id, kind=Phase.Kind.VOTING)[:1], int
)
_box_of = Prepared(
    lambda round_id, tag: BallotBox.objects.filter(round_id=round_id, voter_tag=tag)[:1], int, bytes
)


class Standing(StrEnum):
    """Where a round's vote stands for somebody who wants to vote."""

    NOT_READY = "not_ready"
    AHEAD = "ahead"
    OPEN = "open"
    CLOSED = "closed"


def rules_of(poll: Poll) -> frozen.Rules:
    """Return a poll's frozen rules. One query for the text, unless this process has read it before.

    Known by their hash, so the text need not be loaded with the poll. Raises ValueError if the text is
    not the one that was hashed, or of another version.
    """
    assert poll.rules_hash is not None
    return _rules(poll.pk, bytes(poll.rules_hash))


@lru_cache(maxsize=64)
def _rules(round_id: int, rules_hash: bytes) -> frozen.Rules:
    text = Poll.objects.values_list("rules", flat=True).get(pk=round_id)
    if frozen.digest(text) != rules_hash:
        raise ValueError(f"the rules of round {round_id} are not those that were frozen")
    return frozen.read(text)


def poll_of(round: Round) -> Poll | None:
    """Return the round's poll if it has one. No query where the round came with its poll, else one."""
    found: Poll | None = getattr(round, "poll", None)
    return found


def standing(round: Round, now: datetime) -> tuple[Standing, Phase | None]:
    """Return where the vote stands at `now`, and its phase; `round` comes with its poll. One query."""
    phase = _voting_phase.first(round.pk)
    poll = poll_of(round)
    if phase is not None and phase.has_closed(now):
        return Standing.CLOSED, phase
    if phase is None or poll is None or not poll.is_frozen:
        return Standing.NOT_READY, phase
    if poll.state != Poll.State.FROZEN:
        return Standing.CLOSED, phase
    return (Standing.OPEN if phase.is_open(now) else Standing.AHEAD), phase


@dataclass(frozen=True, slots=True)
class StoredBallot:
    """What lies in the box for a voter. `ballot` is None on a paper mark and where the seal is broken."""

    ballot: sealing.OpenBallot | None
    revision: int
    is_paper: bool

    @property
    def is_damaged(self) -> bool:
        """Whether something is stored that the round's key does not open."""
        return self.ballot is None and not self.is_paper

    @property
    def choices(self) -> dict[int, list[sealing.Entry]]:
        """What is chosen, by the papers' numbers; nothing where the ballot is on paper or does not open."""
        return sealing.parse(self.ballot.choices) if self.ballot else {}


def stored_ballot(round: Round, key: keys.RoundKey, voter_tag: bytes) -> StoredBallot | None:
    """Return what is stored for a voter, opened from its row; None if they have not voted. One query."""
    row = _box_of.first(round.pk, voter_tag)
    if row is None:
        return None
    if row.sealed is None:
        return StoredBallot(None, row.revision, is_paper=True)
    return StoredBallot(open_row(key, row), row.revision, is_paper=False)


def open_row(key: keys.RoundKey, row: BallotBox) -> sealing.OpenBallot | None:
    """Open one row of the box; None if it was altered, moved, or sealed with another key."""
    assert row.sealed is not None
    traits = sealing.Traits(row.participation, row.area_id, row.age_group, row.channel)
    try:
        return sealing.unseal(
            key, bytes(row.sealed), round_id=row.round_id, voter_tag=bytes(row.voter_tag), traits=traits
        )
    except sealing.CannotOpen:
        return None


@dataclass(frozen=True, slots=True)
class Cell:
    """Ballots of one group. `label` is a code of area, age band or channel; None for merged small cells."""

    label: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many ballots are in the box, in all and by group; nothing about what is in them."""

    total: int
    by_area: Sequence[Cell]
    by_age_group: Sequence[Cell]
    by_channel: Sequence[Cell]
    by_participation: Sequence[Cell]
    # Names of the areas by code.
    areas: Mapping[str, Mapping[str, str]]


def turnout(round: Round) -> Turnout:
    """Return how many have voted so far, with cells of fewer than `SMALLEST_CELL` merged. Two queries."""
    rows = list(
        BallotBox.objects.filter(round_id=round.pk)
        .values_list("area_id", "age_group", "channel", "participation")
        .annotate(n=Count("voter_tag"))
    )
    areas = {area.pk: area for area in Area.objects.filter(pk__in={row[0] for row in rows if row[0]})}
    counts: list[Counter[str]] = [Counter() for _ in range(4)]
    for area_id, age_group, channel, participation, n in rows:
        labels = (areas[area_id].code if area_id else "", age_group, channel, participation)
        for counter, label in zip(counts, labels, strict=True):
            counter[label] += n
    by_area, by_age_group, by_channel, by_participation = (merge_small(counter) for counter in counts)
    names = {area.code: area.name for area in areas.values()}
    total = sum(row[-1] for row in rows)
    return Turnout(total, by_area, by_age_group, by_channel, by_participation, names)


def merge_small(counts: Mapping[str, int]) -> list[Cell]:
    """Return cells by label, those that `core.cells` shows only together as one at the end."""
    alone, together = shown_apart(dict(sorted(counts.items())), SMALLEST_CELL)
    cells = [Cell(label, counts[label]) for label in alone]
    return [*cells, Cell(None, sum(counts[label] for label in together))] if together else cells


def decisive_tallies(round: Round) -> list[Tally]:
    """Return the tally that decides for each ballot paper, in the order of the papers. One query."""
    return list(
        Tally.objects.filter(paper__round=round, is_decisive=True)
        .select_related("paper")
        .order_by("paper__number")
    )


def counted(tally: Tally, rules: frozen.Rules) -> dict[str, Any]:
    """Return the count of a paper as `documents.of_count` puts it together; `tally` comes with its paper."""
    paper = rules.paper(tally.paper.number)
    assert paper is not None
    return documents.of_count(
        rules,
        paper,
        tally.outcome,
        scope=tally.scope,
        n_ballots=tally.n_ballots,
        n_blank=tally.n_blank,
        counted_at=tally.counted_at,
        input_hash=bytes(tally.input_hash),
    )


def certified_results(round: Round) -> dict[str, Any] | None:
    """Return the result of a round's vote as JSON values that stand alone; None before it is certified.

    None also where no ballot was counted here. Two queries.
    """
    poll = Poll.objects.filter(round=round, state__in=CERTIFIED).first()
    if poll is None:
        return None
    rules = frozen.read(poll.rules)
    papers = [counted(tally, rules) for tally in decisive_tallies(round)]
    if not papers:
        return None
    return {
        "setting": rules.document(),
        "smallest_cell": SMALLEST_CELL,
        "papers": papers,
    }


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
    """The papers of one desk as they stand: marks, withdrawn marks, and its batches with their counts.

    Each batch has `n_first` and `n_second`, the papers keyed so far, and `n_invalid` of the first keying.
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
        """Whether no batch waits to be keyed."""
        finished = (PaperBatch.State.AGREED, PaperBatch.State.WITHDRAWN)
        return all(batch.state in finished for batch in self.batches)

    @property
    def unreturned(self) -> int:
        """People marked whose paper lies in no batch, so far or for good."""
        return self.marks - self.declared


def paper_figures(round: Round) -> list[DeskFigures]:
    """Return what stands at each desk of the round, by its name. Four queries."""
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
    """Return the desks whose papers the count has to wait for. One query."""
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
    choices: Mapping[int, list[sealing.Entry]]
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
        except sealing.CannotOpen as error:
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


def extensions(round: Round) -> list[Extension]:
    """Return the extensions of a vote that two officials decided, the first one first. One query."""
    return list(Extension.objects.filter(round=round, approved_at__isnull=False))
