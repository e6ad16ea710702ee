"""A Merkle tree as in RFC 9162 (and RFC 6962): root, proofs, and their verification.

Leaves and proofs are lists of 32-byte SHA-256 hashes. A tree is read through `Hashes`, which hands out the
hashes over 256 ** level neighbouring leaves: those of whole tiles of the tlog-tiles layout. So a proof for a
million leaves needs three tiles and the right edge, and nothing is built again from the start.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

# Hashes in a whole tile, and how many levels of the tree one tile spans.
TILE = 256
_SPAN = 8

EMPTY_ROOT = hashlib.sha256(b"").digest()


class Hashes(Protocol):
    """A source of a tree's hashes."""

    def hashes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """Return `count` hashes from number `first` on, each over 256 ** level leaves.

        All of them are in one tile, and within the tree's leaves.
        """


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf of the tree."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two neighbouring subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of neighbouring hashes, such as those of a whole tile."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[place], row[place + 1]) for place in range(0, len(row), 2)]
    return row[0]


def root(tree: Hashes, size: int) -> bytes:
    """Return the root of the first `size` leaves. Reads O(log size) tiles."""
    return _root(tree, 0, size) if size else EMPTY_ROOT


def inclusion_proof(tree: Hashes, index: int, size: int) -> list[bytes]:
    """Return what shows that leaf `index` is among the first `size`. Raises ValueError if it is not."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_root(tree, middle, end))
            end = middle
        else:
            path.append(_root(tree, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(tree: Hashes, old: int, new: int) -> list[bytes]:
    """Return what shows that the first `old` leaves are still the same among the first `new`.

    Nothing needs showing of a tree that is empty or has not grown. Raises ValueError if it has shrunk.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} does not continue one of {old}")
    if old in (0, new):
        return []
    path, start, end, is_whole = [], 0, new, True
    while old < end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_root(tree, middle, end))
            end = middle
        else:
            path.append(_root(tree, start, middle))
            start, is_whole = middle, False
    if not is_whole:
        path.append(_root(tree, start, end))
    return path[::-1]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether the path leads from a leaf's hash to the root of a tree of `size`."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(other, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, other)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Return whether a proof shows that a tree of `new` leaves continues the one of `old`."""
    if not 0 <= old <= new:
        return False
    if old == new or old == 0:
        return not path and (old_root == new_root if old == new else old_root == EMPTY_ROOT)
    # A tree of a power of two is a whole subtree of the new one, and so not repeated in the proof.
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for other in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(other, before), node_hash(other, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, other)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _split(n: int) -> int:
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def _root(tree: Hashes, start: int, end: int) -> bytes:
    """The root over some leaves, which RFC 9162 always cuts so that whole subtrees are aligned."""
    size = end - start
    if size & (size - 1):
        middle = start + _split(size)
        return node_hash(_root(tree, start, middle), _root(tree, middle, end))
    level = (size.bit_length() - 1) // _SPAN
    shift = level * _SPAN
    return fold(tree.hashes(level, start >> shift, size >> shift))
