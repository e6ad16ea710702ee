"""Unseal ballots: stream them from the box into flat arrays for counting.

A million ballots of five choices each take about 40 bytes each. Nothing here keeps the order of the box: held
data is in the order of references, which are random.
"""

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rounds.models import Residency, Round
from voting import tally
from voting.ballots import sealing
from voting.ballots.exceptions import BoxDoesNotReconcile
from voting.ballots.models import BallotBox
from voting.counting.models import Tally
from voting.paper.selectors import paper_ballots
from voting.polls import keys, ruleset
from voting.tally import kernels

# Rows per fetch from the server.
_BATCH = 2000
# Ballots written out at a time, as plain lists.
_CHUNK = 10_000
# Of a paper that a ballot does not have, as against one that is blank.
_NOT_FILLED_IN = -1
_REF_BYTES = 16
# JSON without white space around it, read in half the time.
_read = json.JSONDecoder().raw_decode


def unsealed(
    round_id: int, key: keys.RoundKey
) -> Iterator[tuple[bytes, sealing.UnsealedBallot, str, int | None, str]]:
    """Yield each sealed ballot's tag, the ballot, and its voter's class, area and age band.

    In the order of the box. One streamed query. Raises BoxDoesNotReconcile.
    """
    unseal = sealing.Unsealer(key).unseal
    rows = BallotBox.objects.filter(round_id=round_id, sealed__isnull=False).values_list(
        "voter_tag", "sealed", "residency", "area_id", "age_group", "channel"
    )
    known: dict[tuple[str, int | None, str, str], sealing.Traits] = {}
    for tag, sealed, residency, area_id, age_group, channel in rows.iterator(chunk_size=_BATCH):
        assert sealed is not None
        about = residency, area_id, age_group, channel
        traits = known.get(about) or known.setdefault(about, sealing.Traits(*about))
        voter_tag = bytes(tag)
        try:
            ballot = unseal(sealed, round_id=round_id, voter_tag=voter_tag, traits=traits)
        except sealing.CannotUnseal as error:
            raise BoxDoesNotReconcile("a sealed ballot does not open in its row") from error
        yield voter_tag, ballot, residency, area_id, age_group


@dataclass(frozen=True, slots=True)
class _Labels:
    """A label for each ballot, by number; few are different."""

    names: Sequence[str]
    codes: npt.NDArray[np.uint16]


class _Labelling:
    """Labels as they come."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.codes = array("H")

    def append(self, label: str) -> None:
        self.codes.append(self.numbers.setdefault(label, len(self.numbers)))

    def sorted(self, order: npt.NDArray[np.int64]) -> _Labels:
        return _Labels(tuple(self.numbers), np.frombuffer(self.codes, dtype=np.uint16)[order])


class _Filled:
    """The entries of one ballot style, ballot after ballot, as they are read."""

    def __init__(self, ballot_style: ruleset.FrozenBallotStyle) -> None:
        self.ballot_style = ballot_style
        self._numbers = {code: number for number, code in enumerate(ballot_style.projects)}
        self._lengths = array("h")
        self._chosen = array("H")
        self._points = array("i")

    def append(self, entries: Sequence[Any] | None) -> None:
        """Take the entries of the next ballot; None if it does not have this paper. Raises ValueError."""
        if entries is None:
            self._lengths.append(_NOT_FILLED_IN)
            return
        codes: Sequence[str] = entries
        if self.ballot_style.kind.has_points:
            codes = [code for code, _ in entries]
            self._points.extend([points for _, points in entries])
        if len(set(codes)) != len(codes):
            raise ValueError("a ballot names a project twice")
        try:
            self._chosen.extend([self._numbers[code] for code in codes])
        except KeyError as unknown:
            raise ValueError(f"a ballot names the unknown project {unknown.args[0]!r}") from None
        self._lengths.append(len(codes))

    def sorted(self, order: npt.NDArray[np.int64]) -> "BallotStyleBallots":
        lengths = np.frombuffer(self._lengths, dtype=np.int16)
        starts = _starts(lengths)
        places = kernels.entries_of(starts, order.astype(np.int32))
        points = (
            np.frombuffer(self._points, dtype=np.int32)[places] if self.ballot_style.kind.has_points else None
        )
        chosen = np.frombuffer(self._chosen, dtype=np.uint16)[places]
        return BallotStyleBallots(self.ballot_style, lengths[order], chosen, points)


def _starts(lengths: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(np.maximum(lengths, 0), out=starts[1:])
    return starts


@dataclass(frozen=True, slots=True)
class BallotStyleBallots:
    """One ballot paper of all ballots, in their order. A negative length: the ballot does not have it."""

    ballot_style: ruleset.FrozenBallotStyle
    lengths: npt.NDArray[np.int16]
    chosen: npt.NDArray[np.uint16]
    points: npt.NDArray[np.int32] | None

    def packed(
        self, mine: npt.NDArray[np.bool_], traits: Mapping[str, tally.ballots.Trait]
    ) -> tally.ballots.Ballots:
        """Return the ballots that are marked, as they are counted; `traits` are of those."""
        lengths, chosen, points = self.lengths[mine], self.chosen, self.points
        if not mine.all():
            places = kernels.entries_of(_starts(self.lengths), np.flatnonzero(mine).astype(np.int32))
            chosen = chosen[places]
            points = None if points is None else points[places]
        starts = _starts(lengths)
        if self.ballot_style.kind is tally.Kind.ORDINAL:
            points = tally.ballots.borda(starts, self.ballot_style.limits.borda_top)
        return tally.ballots.Ballots(len(self.ballot_style.projects), starts, chosen, points, traits=traits)

    def texts(self) -> Iterator[str | None]:
        """Yield the entries of each ballot in canonical JSON, without the brackets."""
        names = [json.dumps(code, ensure_ascii=False) for code in self.ballot_style.projects]
        starts = _starts(self.lengths)
        for first in range(0, len(self.lengths), _CHUNK):
            lengths = self.lengths[first : first + _CHUNK].tolist()
            part = slice(starts[first], starts[first + len(lengths)])
            entries = [names[number] for number in self.chosen[part].tolist()]
            if self.points is not None:
                given = self.points[part].tolist()
                entries = [f"[{name},{points}]" for name, points in zip(entries, given, strict=True)]
            at = 0
            for length in lengths:
                yield None if length < 0 else ",".join(entries[at : at + length])
                at += max(length, 0)


@dataclass(frozen=True, slots=True)
class Opened:
    """Every ballot, sealed or on paper, in the order of references: shuffled, for they are random."""

    refs: npt.NDArray[np.uint8]
    ballot_styles: Mapping[int, BallotStyleBallots]
    # Groups of voters by trait; empty labels if unknown.
    traits: Mapping[str, _Labels]
    is_paper: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.refs)

    def in_scope(self, scope: str) -> npt.NDArray[np.bool_]:
        """Mark the ballots of people inside, outside, or all."""
        if scope == Tally.Scope.EVERYBODY:
            return np.ones(len(self), dtype=bool)
        classes = self.traits["participation"]
        is_outside = np.array([name == Residency.OUTSIDE for name in classes.names], dtype=bool)
        outside: npt.NDArray[np.bool_] = is_outside[classes.codes] if len(self) else np.zeros(0, dtype=bool)
        return outside if scope == Tally.Scope.OUTSIDE else ~outside

    def rows(self) -> Iterator[tuple[bytes, str, str, bool]]:
        """Yield each ballot's reference, canonical choices, voter's class, and whether it is on paper."""
        classes = self.traits["participation"]
        texts = [(number, self.ballot_styles[number].texts()) for number in sorted(self.ballot_styles)]
        for start in range(0, len(self), _CHUNK):
            part = slice(start, start + _CHUNK)
            refs = self.refs[part].tobytes()
            labels = zip(classes.codes[part].tolist(), self.is_paper[part].tolist(), strict=True)
            for place, (code, is_paper) in enumerate(labels):
                filled = [(number, next(text)) for number, text in texts]
                choices = ",".join(f'"{number}":[{text}]' for number, text in filled if text is not None)
                ref = refs[place * _REF_BYTES : (place + 1) * _REF_BYTES]
                yield ref, f"{{{choices}}}", classes.names[code], is_paper


def unseal_all(
    round: Round, rules: ruleset.FrozenRules, key: keys.RoundKey, areas: Mapping[int, str]
) -> Opened:
    """Open every ballot for the count; `areas` are the codes of the voters' areas by their ids.

    Memory for about forty bytes a ballot and two an entry. Raises BoxDoesNotReconcile; ValueError for a
    ballot that names a project twice, or one that is not on its paper.
    """
    refs = bytearray()
    filled = {str(ballot_style.number): _Filled(ballot_style) for ballot_style in rules.ballot_styles}
    traits = {name: _Labelling() for name in ("area", "age_group", "participation")}
    on_paper = array("b")

    def add(ref: bytes, choices: Mapping[str, Sequence[Any]], *labels: str, is_paper: bool) -> None:
        refs.extend(ref)
        for number, ballot_style in filled.items():
            ballot_style.append(choices.get(number))
        for labelling, label in zip(traits.values(), labels, strict=True):
            labelling.append(label)
        on_paper.append(is_paper)

    for _tag, ballot, residency, area_id, age_group in unsealed(round.pk, key):
        area = areas[area_id] if area_id else ""
        choices, _end = _read(ballot.choices)
        add(ballot.references.ballot_ref, choices, area, age_group, residency, is_paper=False)
    for sheet in paper_ballots(round, key):
        choices = {str(number): entries for number, entries in sheet.choices.items()}
        add(sheet.ballot_ref, choices, "", "", sheet.residency, is_paper=True)
    numbers = np.frombuffer(refs, dtype=">u8").reshape(-1, 2)
    order = np.lexsort((numbers[:, 1], numbers[:, 0]))
    return Opened(
        np.frombuffer(refs, dtype=np.uint8).reshape(-1, _REF_BYTES)[order],
        {int(number): ballot_style.sorted(order) for number, ballot_style in filled.items()},
        {name: labelling.sorted(order) for name, labelling in traits.items()},
        np.frombuffer(on_paper, dtype=np.int8)[order].astype(bool),
    )
