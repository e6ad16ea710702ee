"""The Merkle tree, compared with RFC 6962's published vectors and with its definition."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voting.ballots import merkle


class Leaves:
    """A tree with all leaves in memory; it counts the nodes that are read."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.levels = [list(leaves)]
        while len(self.levels[-1]) >= merkle.TILE:
            below = self.levels[-1]
            whole = len(below) // merkle.TILE
            self.levels.append(
                [merkle.fold(below[n * merkle.TILE : (n + 1) * merkle.TILE]) for n in range(whole)]
            )
        self.tiles_read: set[tuple[int, int]] = set()

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        assert first // merkle.TILE == (first + count - 1) // merkle.TILE
        self.tiles_read.add((level, first // merkle.TILE))
        found = self.levels[level][first : first + count]
        assert len(found) == count
        return found


def _naive_root(leaves: Sequence[bytes]) -> bytes:
    """Compute MTH of RFC 9162, 2.1.1, literally."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + _naive_root(leaves[:k]) + _naive_root(leaves[k:])).digest()


def _naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Compute PATH of RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*_naive_path(m, leaves[:k]), _naive_root(leaves[k:])]
    return [*_naive_path(m - k, leaves[k:]), _naive_root(leaves[:k])]


def _naive_subproof(m: int, leaves: Sequence[bytes], is_whole: bool) -> list[bytes]:
    """Compute SUBPROOF of RFC 9162, 2.1.4.1."""
    if m == len(leaves):
        return [] if is_whole else [_naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*_naive_subproof(m, leaves[:k], is_whole), _naive_root(leaves[k:])]
    return [*_naive_subproof(m - k, leaves[k:], False), _naive_root(leaves[:k])]


def _leaves(n: int) -> list[bytes]:
    return [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(n)]


# The eight entries and their roots that Certificate Transparency publishes with its reference code.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_roots_are_those_that_certificate_transparency_publishes():
    tree = Leaves([merkle.leaf_hash(entry) for entry in ENTRIES])

    assert merkle.root(tree, 0).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [merkle.root(tree, size).hex() for size in range(1, 9)] == ROOTS


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            3,
            ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
        ),
    ],
)
def test_the_inclusion_proofs_are_the_published_ones(index, size, path):
    tree = Leaves([merkle.leaf_hash(entry) for entry in ENTRIES])

    proof = merkle.inclusion_proof(tree, index, size)

    assert [step.hex() for step in proof] == path
    assert merkle.is_included(
        merkle.leaf_hash(ENTRIES[index]), index, size, proof, bytes.fromhex(ROOTS[size - 1])
    )


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (1, 1, []),
        (
            1,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_the_consistency_proofs_are_the_published_ones(old, new, path):
    tree = Leaves([merkle.leaf_hash(entry) for entry in ENTRIES])

    proof = merkle.consistency_proof(tree, old, new)

    assert [step.hex() for step in proof] == path
    assert merkle.is_consistent(old, bytes.fromhex(ROOTS[old - 1]), new, bytes.fromhex(ROOTS[new - 1]), proof)


@given(size=st.integers(1, 700), data=st.data())
def test_proofs_are_those_of_the_definition_and_hold_for_nothing_else(size, data):
    leaves = _leaves(size)
    tree = Leaves(leaves)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))

    root, proof = merkle.root(tree, size), merkle.inclusion_proof(tree, index, size)
    growth = merkle.consistency_proof(tree, old, size)

    assert root == _naive_root(leaves)
    assert proof == _naive_path(index, leaves)
    assert growth == _naive_subproof(old, leaves, True)
    assert merkle.is_included(leaves[index], index, size, proof, root)
    assert not merkle.is_included(merkle.leaf_hash(b"other"), index, size, proof, root)
    assert not merkle.is_included(leaves[index], index, size, [*proof, root], root)
    old_root = merkle.root(tree, old)
    assert merkle.is_consistent(old, old_root, size, root, growth)
    assert not merkle.is_consistent(old, merkle.leaf_hash(b"x"), size, root, growth)
    assert not merkle.is_consistent(old, old_root, size, merkle.leaf_hash(b"x"), growth)
    if growth:
        bent = [merkle.leaf_hash(b"x"), *growth[1:]]
        assert not merkle.is_consistent(old, old_root, size, root, bent)
        assert not merkle.is_consistent(old, old_root, size, root, growth[:-1])


def test_a_proof_in_a_large_tree_reads_a_handful_of_tiles():
    size = 70_001
    tree = Leaves(_leaves(size))

    proof = merkle.inclusion_proof(tree, 40_000, size)
    tiles = set(tree.tiles_read)

    assert merkle.is_included(tree.levels[0][40_000], 40_000, size, proof, merkle.root(tree, size))
    # The leaf's tile, the tile above it, and a tile of each level at the right edge.
    assert tiles == {(0, 40_000 // 256), (1, 0), (0, 70_000 // 256), (1, 70_000 // 65_536)}


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_proof_of_a_leaf_the_tree_has_not(index, size):
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(Leaves(_leaves(9)), index, size)
    assert not merkle.is_included(b"x" * 32, index, size, [], b"x" * 32)


def test_a_tree_that_shrank_is_not_a_continuation():
    with pytest.raises(ValueError, match="does not continue"):
        merkle.consistency_proof(Leaves(_leaves(9)), 7, 5)
    assert not merkle.is_consistent(7, b"x" * 32, 5, b"x" * 32, [])
