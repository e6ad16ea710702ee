"""The open log as anybody reads it: entries, tiles, checkpoints, and proofs between them.

Everything is computed from numbered entries and the stored hashes over whole tiles, so no node needs files
that another node has written. A tile or a proof reads a few hundred rows, whatever the size of the log.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from rounds.models import Round
from voting.ballots import merkle, signed_notes
from voting.ballots import sealing as ballots_sealing
from voting.ballots.models import CastEvent, Checkpoint, FinalBallot, LogNode
from voting.polls import choices as polls_choices
from voting.polls.models import Poll


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log and its place. `data` is what is hashed: reference, commitment and kind."""

    index: int
    log_ref: bytes
    commitment: bytes
    kind: str

    @property
    def data(self) -> bytes:
        return self.log_ref + self.commitment + self.kind.encode()

    @property
    def leaf(self) -> bytes:
        return merkle.leaf_hash(self.data)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The entry that says that another one is withdrawn, with the path from it to a checkpoint's root."""

    entry: Entry
    path: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """An entry with the path from it to a checkpoint's root, and its withdrawal under the same one."""

    entry: Entry
    checkpoint: Checkpoint
    path: Sequence[bytes]
    withdrawal: Withdrawal | None


class StoredTree:
    """A round's log as a tree to prove from; tiles it has read once it keeps."""

    def __init__(self, round_id: int) -> None:
        self._round_id = round_id
        self._tiles: dict[tuple[int, int], dict[int, bytes]] = {}

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """Return hashes as `merkle.Hashes` asks for them. One query a tile."""
        number = first // merkle.TILE
        if (level, number) not in self._tiles:
            self._tiles[level, number] = self._read(level, number)
        tile = self._tiles[level, number]
        return [tile[place] for place in range(first, first + count)]

    def _read(self, level: int, number: int) -> dict[int, bytes]:
        first, last = number * merkle.TILE, (number + 1) * merkle.TILE - 1
        if level == 0:
            return {entry.index: entry.leaf for entry in entries(self._round_id, first, last + 1)}
        nodes = LogNode.objects.filter(round_id=self._round_id, level=level, place__range=(first, last))
        return {place: bytes(node) for place, node in nodes.values_list("place", "hash")}


def entries(round_id: int, first: int = 0, end: int | None = None) -> Iterator[Entry]:
    """Yield numbered entries from `first` up to and without `end`, in their order. One streamed query."""
    rows = CastEvent.objects.filter(round_id=round_id, leaf_index__gte=first)
    if end is not None:
        rows = rows.filter(leaf_index__lt=end)
    return _entries(rows.order_by("leaf_index"))


def leaves(round_id: int, first: int, end: int) -> Iterator[bytes]:
    """Yield the hashes of numbered entries from `first` up to and without `end`. One streamed query."""
    rows = CastEvent.objects.filter(round_id=round_id, leaf_index__gte=first, leaf_index__lt=end)
    values = rows.order_by("leaf_index").values_list("log_ref", "commitment", "kind")
    for log_ref, commitment, kind in values.iterator(chunk_size=2000):
        yield merkle.leaf_hash(b"".join((log_ref, commitment, kind.encode())))


def _entries(rows: QuerySet[CastEvent]) -> Iterator[Entry]:
    values = rows.values_list("leaf_index", "log_ref", "commitment", "kind")
    for index, log_ref, commitment, kind in values.iterator(chunk_size=2000):
        assert index is not None
        yield Entry(index, bytes(log_ref), bytes(commitment), kind)


def latest(round: Round) -> Checkpoint | None:
    """Return the last checkpoint; None before the first. One query."""
    return round.checkpoints.order_by("-size").first()


def checkpoint(round: Round, size: int) -> Checkpoint | None:
    """Return the checkpoint of that size, if there is one. One query."""
    return round.checkpoints.filter(size=size).first()


def entry_of(round: Round, log_ref: bytes) -> Entry | None:
    """Return the entry of a receipt's reference; None as long as it has no place. One query."""
    rows = CastEvent.objects.castings().filter(round=round, log_ref=log_ref, leaf_index__isnull=False)
    return next(_entries(rows), None)


def withdrawal_of(round: Round, entry: Entry) -> Entry | None:
    """Return the entry that withdraws another; None if none does, or it has no place yet. One query."""
    rows = CastEvent.objects.withdrawals().filter(round=round, log_ref=entry.leaf, leaf_index__isnull=False)
    return next(_entries(rows), None)


def is_waiting(round: Round, log_ref: bytes) -> bool:
    """Return whether a receipt's entry is recorded but not yet in the log. One query."""
    return CastEvent.objects.castings().filter(round=round, log_ref=log_ref, leaf_index=None).exists()


def inclusion(round: Round, log_ref: bytes) -> Inclusion | None:
    """Return the proof that an entry is under the last checkpoint; None without such an entry."""
    entry = entry_of(round, log_ref)
    last = latest(round)
    if entry is None or last is None:
        return None
    tree = StoredTree(round.pk)
    path = merkle.inclusion_proof(tree, entry.index, last.size)
    gone = withdrawal_of(round, entry)
    withdrawal = None
    if gone is not None:
        withdrawal = Withdrawal(gone, merkle.inclusion_proof(tree, gone.index, last.size))
    return Inclusion(entry, last, path, withdrawal)


def consistency(round: Round, old: int, new: int) -> list[bytes]:
    """Return the proof between two sizes; both at most the last checkpoint's. Raises ValueError."""
    last = latest(round)
    if last is None or new > last.size:
        raise ValueError(f"the log has no {new} entries")
    return merkle.consistency_proof(StoredTree(round.pk), old, new)


def tile(round: Round, level: int, number: int, width: int) -> bytes | None:
    """Return the first `width` hashes of a tile, one after the other; None if the log is not so long."""
    if not _reaches(round, level, number, width):
        return None
    return b"".join(StoredTree(round.pk).hashes(level, number * merkle.TILE, width))


def bundle_of_entries(round: Round, number: int, width: int) -> bytes | None:
    """Return entries as tlog-tiles bundles them, each behind two bytes with its length; None as `tile`."""
    if not _reaches(round, 0, number, width):
        return None
    first = number * merkle.TILE
    return pack(entries(round.pk, first, first + width))


def pack(found: Iterable[Entry]) -> bytes:
    """Return entries one after the other, each behind two bytes with its length."""
    return b"".join(len(entry.data).to_bytes(2, "big") + entry.data for entry in found)


def _reaches(round: Round, level: int, number: int, width: int) -> bool:
    last = latest(round)
    # Far above any log, where the numbers would no longer fit a column.
    if last is None or level > 7 or number >= 1 << 40:
        return False
    return (number * merkle.TILE + width) << (8 * level) <= last.size


def key_of(checkpoint: Checkpoint, round: Round) -> str:
    """Return the key that opens a checkpoint, as tools for signed notes take it."""
    origin = signed_notes.origin_of(round.authority.slug, round.slug)
    return signed_notes.verifier_key(origin, bytes(checkpoint.public_key))


def counted(round: Round, ballot_ref: bytes) -> str | None:
    """Return a counted ballot's choices as used in its commitment; None if they are not shown.

    They are shown once the ballots are published, and only if the round's receipts show more than recording.
    Two queries.
    """
    poll = Poll.objects.filter(round=round).only("state", "receipt_mode").first()
    if poll is None or not poll.is_published or poll.receipt_mode != Poll.ReceiptMode.OPEN:
        return None
    ballot = FinalBallot.objects.filter(round_id=round.pk, ballot_ref=ballot_ref).first()
    if ballot is None:
        return None
    return polls_choices.canonical({int(number): rows for number, rows in ballot.choices.items()})


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of checking a receipt code. `choices` is the counted ballot if one is shown.

    `is_withdrawn` if the log says so under the same checkpoint; then nothing may be counted.
    """

    is_waiting: bool
    inclusion: Inclusion | None
    is_in_tree: bool
    is_withdrawn: bool
    is_signed: bool
    choices: str | None
    is_as_committed: bool


def check(round: Round, code: bytes) -> Checked:
    """Look up and verify everything a receipt code leads to, as the check page's script does."""
    references = ballots_sealing.references(code, round.slug)
    found = inclusion(round, references.log_ref)
    if found is None:
        return Checked(is_waiting(round, references.log_ref), None, False, False, False, None, False)
    last = found.checkpoint
    is_in_tree = _leads_to(last, found.entry, found.path)
    gone = found.withdrawal
    if gone is not None:
        fits = (gone.entry.log_ref, gone.entry.commitment) == (found.entry.leaf, found.entry.commitment)
        is_in_tree = is_in_tree and fits and _leads_to(last, gone.entry, gone.path)
    try:
        note = signed_notes.open_note(bytes(last.note), bytes(last.public_key))
        is_signed = (note.size, note.root) == (last.size, bytes(last.root))
    except ValueError:
        is_signed = False
    choices = counted(round, references.ballot_ref)
    is_as_committed = False
    if choices is not None:
        rules_hash = bytes(Poll.objects.get(round=round).rules_hash or b"")
        fixed = ballots_sealing.commitment(round.slug, rules_hash, references.nonce, choices)
        is_as_committed = fixed == found.entry.commitment
    is_withdrawn = gone is not None and is_in_tree
    return Checked(False, found, is_in_tree, is_withdrawn, is_signed, choices, is_as_committed)


def _leads_to(last: Checkpoint, entry: Entry, path: Sequence[bytes]) -> bool:
    return merkle.is_included(entry.leaf, entry.index, last.size, path, bytes(last.root))
