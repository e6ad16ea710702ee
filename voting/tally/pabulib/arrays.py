"""Ballots of a file, read by array operations; what is not in the plain form is read row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..ballots import Ballots, Kind
from .checks import read_points
from .rows import PbError, Row, rows_of

Ints = npt.NDArray[np.int64]

# Bytes of ballots read at a time: small enough to stay in the processor's cache.
_PIECE = 1 << 21


@dataclass(frozen=True, slots=True)
class Repeat:
    """A ballot that names a project more than once; it counts once. `line` is that of the file."""

    line: int
    project: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of ballots: entries per ballot, project numbers, points, and a hash of each voter id."""

    lengths: Ints
    chosen: npt.NDArray[np.uint16]
    points: npt.NDArray[np.int32] | None
    voters: npt.NDArray[np.uint64]
    repeats: list[Repeat]


class _Finder:
    """Finds project numbers by id, for arrays of ids at once.

    Ids are compared as 64-bit words: a multiplicative hash without collisions leads from the words of an id
    to its number, and comparing the words then proves it.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self.numbers = {id: number for number, id in enumerate(ids)}
        encoded = [id.encode() for id in ids]
        self.longest = max(map(len, encoded))
        self.n_words = -(-self.longest // 8)
        self.words = np.array(
            [np.frombuffer(id.ljust(8 * self.n_words, b"\0"), dtype="<u8") for id in encoded], dtype=np.uint64
        ).reshape(len(ids), self.n_words)
        draw = 0
        bits = max(4, (4 * len(ids)).bit_length())
        while True:
            # Any odd numbers do. NumPy's random numbers and `unique` load modules for longer than a city's
            # file takes to read.
            factors = []
            for _ in range(self.n_words):
                draw += 1
                factors.append(int.from_bytes(hashlib.sha256(b"%d" % draw).digest()[:8], "big") | 1)
            self.factors = np.array(factors, dtype=np.uint64)
            self.shift = np.uint64(64 - bits)
            places = self._place(list(self.words.T))
            if len(set(places.tolist())) == len(ids):
                break
            bits = min(bits + 1, 22)
        self.table = np.zeros(1 << bits, dtype=np.uint16)
        self.table[places] = np.arange(len(ids), dtype=np.uint16)

    def _place(self, words: Sequence[npt.NDArray[np.uint64]]) -> npt.NDArray[np.uint64]:
        mixed: npt.NDArray[np.uint64] = words[0] * self.factors[0]
        for word, factor in zip(words[1:], self.factors[1:], strict=True):
            mixed ^= word * factor
        mixed >>= self.shift
        return mixed

    def find(self, text: npt.NDArray[np.uint64], at: Ints, length: Ints) -> npt.NDArray[np.uint16] | None:
        """Return the project number of each id `length` bytes long at a byte; None if any is unknown."""
        if not len(at):
            return np.empty(0, dtype=np.uint16)
        if int(length.max()) > self.longest or int(length.min()) < 1:
            return None
        words = _words(text, at, length, self.n_words)
        numbers = self.table[self._place(words)]
        for place, word in enumerate(words):
            if not np.array_equal(self.words[:, place][numbers], word):
                return None
        return numbers


_MASKS = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)


def _words(
    text: npt.NDArray[np.uint64], at: Ints, length: Ints, n_words: int
) -> list[npt.NDArray[np.uint64]]:
    """Load each field as 64-bit words, zero behind its end. `text` has a word for every byte offset."""
    if n_words == 1:
        return [text[at] & _MASKS[length]]
    return [text[at + 8 * place] & _MASKS[np.clip(length - 8 * place, 0, 8)] for place in range(n_words)]


def read_ballots(
    body: bytes, line: int, columns: tuple[str, ...], ids: Sequence[str], kind: Kind
) -> tuple[Ballots, tuple[Repeat, ...]]:
    finder = _Finder(ids)
    takes_points = kind.has_points or (kind is Kind.ORDINAL and "points" in columns)
    pieces: list[_Piece] = []
    at, end = 0, _end_of_text(body)
    while at < end:
        cut = end if end - at <= _PIECE else body.rfind(b"\n", at, at + _PIECE) + 1
        if cut <= at:
            cut = body.find(b"\n", at, end) + 1 or end
        piece = _read_plain(body[at:cut], line, columns, finder, takes_points)
        if piece is None:
            if b'"' in body[at:cut]:
                # A quoted field may go on over the cut.
                cut = end
            piece = _read_rows(body[at:cut], line, columns, finder, takes_points)
        pieces.append(piece)
        line += body.count(b"\n", at, cut)
        at = cut
    lengths = _joined([piece.lengths for piece in pieces], np.int64)
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    chosen = _joined([piece.chosen for piece in pieces], np.uint16)
    points: npt.NDArray[np.int32] | None = None
    if takes_points:
        points = _joined([piece.points for piece in pieces if piece.points is not None], np.int32)
    elif kind is Kind.ORDINAL:
        points = (np.repeat(starts[1:], lengths) - np.arange(len(chosen))).astype(np.int32)
    voters = np.sort(_joined([piece.voters for piece in pieces], np.uint64))
    if (voters[1:] == voters[:-1]).any():
        _refuse_same_voter(body, line - body.count(b"\n", 0, at))
    repeats = tuple(repeat for piece in pieces for repeat in piece.repeats)
    return Ballots(n_projects=len(ids), starts=starts, chosen=chosen, points=points), repeats


def _end_of_text(body: bytes) -> int:
    end = len(body)
    while end and body[end - 1] in b"\r\n":
        end -= 1
    return end


def _joined(arrays: list[npt.NDArray[np.generic]], dtype: type) -> npt.NDArray:  # type: ignore[type-arg]
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=dtype)


def _read_plain(
    piece: bytes, line: int, columns: tuple[str, ...], finder: _Finder, takes_points: bool
) -> _Piece | None:
    """Read ballots in the plain form by array operations; None if anything is not in that form."""
    if b'"' in piece:
        return None
    if b"\r" in piece:
        piece = piece.replace(b"\r\n", b"\n")
    if not piece.endswith(b"\n"):
        piece += b"\n"
    raw = np.frombuffer(piece + bytes(64), dtype=np.uint8)
    text = np.ndarray((len(raw) - 7,), dtype="<u8", buffer=raw, strides=(1,))
    marks = np.flatnonzero((raw == 44) | (raw == 59) | (raw == 10))
    field_ends = np.flatnonzero(raw[marks] != 44)
    n_columns = len(columns)
    if len(field_ends) % n_columns:
        return None
    fields = field_ends.reshape(-1, n_columns)
    ends = marks[fields]
    if not (raw[ends[:, -1]] == 10).all() or (n_columns > 1 and not (raw[ends[:, :-1]] == 59).all()):
        return None

    voter_starts = np.concatenate(([0], ends[:-1, -1] + 1))
    voter_lengths = ends[:, 0] - voter_starts
    if int(voter_lengths.min(initial=1)) < 1 or int(voter_lengths.max(initial=0)) > 56:
        return None
    voters = _hash(text, voter_starts, voter_lengths)

    lengths, at, length = _entries(marks, fields, columns.index("vote"))
    chosen = finder.find(text, at, length)
    if chosen is None:
        return None
    points = None
    if takes_points:
        point_lengths, at, length = _entries(marks, fields, columns.index("points"))
        if not np.array_equal(point_lengths, lengths):
            return None
        points = _small_numbers(raw, at, length)
        if points is None:
            return None
    if _has_repeats(lengths, chosen):
        return None
    return _Piece(lengths, chosen, points, voters, [])


def _entries(marks: Ints, fields: Ints, column: int) -> tuple[Ints, Ints, Ints]:
    """Cut one column at its commas: entries per row, then where each entry begins and how long it is."""
    last = fields[:, column]
    first = fields[:, column - 1] + 1 if column else np.concatenate(([0], fields[:-1, -1] + 1))
    counts = last - first + 1
    running = np.cumsum(counts)
    places = np.arange(running[-1] if len(running) else 0) + np.repeat(first - running + counts, counts)
    ends = marks[places]
    starts = marks[places - 1] + 1
    if not column and len(starts):
        starts[0] = 0
    return counts, starts, ends - starts


def _hash(text: npt.NDArray[np.uint64], at: Ints, length: Ints) -> npt.NDArray[np.uint64]:
    """Mix a field into 64 bits; fields of up to 8 bytes stay distinct."""
    n_words = -(-int(length.max(initial=1)) // 8)
    words = _words(text, at, length, n_words)
    mixed = words[0]
    for place, word in enumerate(words[1:], start=1):
        longer = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + word
        mixed = np.where(length > 8 * place, longer, mixed)
    return mixed


def _small_numbers(raw: npt.NDArray[np.uint8], at: Ints, length: Ints) -> npt.NDArray[np.int32] | None:
    """Read whole numbers of up to nine digits; None if any entry is something else."""
    longest = int(length.max(initial=1))
    if longest > 9 or int(length.min(initial=1)) < 1:
        return None
    values = np.zeros(len(at), dtype=np.int32)
    for place in range(longest):
        inside = length > place
        digit = raw[at + place].astype(np.int32) - 48
        if ((digit < 0) | (digit > 9))[inside].any():
            return None
        values = np.where(inside, values * 10 + digit, values)
    return values


def _has_repeats(lengths: Ints, chosen: npt.NDArray[np.uint16]) -> bool:
    """Return whether any ballot names a project twice."""
    longest = int(lengths.max(initial=0))
    if longest < 2:
        return False
    ballots = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    if longest <= 24:
        for apart in range(1, longest):
            same = np.flatnonzero(chosen[apart:] == chosen[:-apart])
            if (ballots[same] == ballots[same + apart]).any():
                return True
        return False
    keys = np.sort(ballots.astype(np.int64) << 16 | chosen)
    return bool((keys[1:] == keys[:-1]).any())


def _read_rows(
    piece: bytes, line: int, columns: tuple[str, ...], finder: _Finder, takes_points: bool
) -> _Piece:
    """Read ballots row by row, and raise PbError at the first that cannot be understood."""
    try:
        text = piece.decode()
    except UnicodeDecodeError as error:
        before = piece[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise PbError(line + before.count(b"\n"), column, "not_utf8") from None
    lengths: list[int] = []
    chosen: list[int] = []
    points: list[int] = []
    voters: list[int] = []
    repeats: list[Repeat] = []
    vote, point = columns.index("vote"), columns.index("points") if takes_points else -1
    for row in rows_of(text.removesuffix("\n").removesuffix("\r"), line):
        if len(row.fields) != len(columns):
            if row.fields == [""]:
                raise row.error(0, "empty_line", columns=len(columns))
            raise row.error(0, "n_fields", fields=len(row.fields), columns=len(columns))
        if not row.fields[0] or row.fields[0] != row.fields[0].strip():
            raise row.error(0, "voter_id")
        named = row.fields[vote].split(",") if row.fields[vote] else []
        given = read_points(row, point, len(named)) if takes_points else [1] * len(named)
        kept: dict[int, int] = {}
        within = 0
        for id, value in zip(named, given, strict=True):
            number = finder.numbers.get(id)
            if number is None:
                raise _unknown(row, vote, id, finder, within)
            if number in kept:
                repeats.append(Repeat(row.line, id))
            else:
                kept[number] = value
            within += len(id) + 1
        lengths.append(len(kept))
        chosen += kept
        points += kept.values()
        voters.append(_hash_one(row.fields[0].encode()))
    return _Piece(
        np.array(lengths, dtype=np.int64),
        np.array(chosen, dtype=np.uint16),
        np.array(points, dtype=np.int32) if takes_points else None,
        np.array(voters, dtype=np.uint64),
        repeats,
    )


def _unknown(row: Row, place: int, id: str, finder: _Finder, within: int) -> PbError:
    if not id:
        return row.error(place, "no_project_id", within)
    if id.strip() in finder.numbers:
        return row.error(place, "space_beside_id", within, project=id.strip())
    return row.error(place, "unknown_project", within, project=id)


def _hash_one(id: bytes) -> int:
    """Hash as `_hash` does, so that an id read slowly meets the same id read fast."""
    mixed = int.from_bytes(id[:8], "little")
    for place in range(8, len(id), 8):
        mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9 + int.from_bytes(id[place : place + 8], "little")
        mixed &= 0xFFFFFFFFFFFFFFFF
    return mixed


def _refuse_same_voter(body: bytes, line: int) -> None:
    """Raise PbError if a voter_id occurs twice; equal hashes alone prove nothing."""
    seen: dict[str, int] = {}
    for row in rows_of(body.decode().rstrip("\r\n"), line):
        if row.fields[0] in seen:
            raise row.error(0, "second_vote", voter=row.fields[0], first=seen[row.fields[0]])
        seen[row.fields[0]] = row.line
