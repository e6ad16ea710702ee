"""The few loops that touch every entry of every ballot.

Written with NumPy. All arithmetic is on 64-bit integers, so the answers do not depend on the platform, on
the number of threads or on the order of ballots.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

# Entries sorted at a time: what that takes fits a processor's own cache.
_CHUNK = 1 << 18


def count_entries(chosen: npt.NDArray[np.uint16], n_projects: int) -> Ints:
    """Count how often each project number occurs."""
    counts = np.zeros(n_projects, dtype=np.int64)
    for start in range(0, len(chosen), _CHUNK):
        counts += np.bincount(chosen[start : start + _CHUNK], minlength=n_projects)
    return counts


def turn_round(
    starts: Ints,
    chosen: npt.NDArray[np.uint16],
    points: npt.NDArray[np.int32] | None,
    votes: Ints,
) -> tuple[Ints, npt.NDArray[np.int32], npt.NDArray[np.int32] | None]:
    """Turn ballots into lists of supporters: pointers by project, ballot numbers ascending, their points."""
    pointers = np.zeros(len(votes) + 1, dtype=np.int64)
    np.cumsum(votes, out=pointers[1:])
    ballots = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    # A stable sort of 16-bit numbers is a radix sort: linear, and ballots stay in order within a project.
    if points is not None or len(chosen) <= 2 * _CHUNK or len(votes) > _CHUNK >> 8:
        order = np.argsort(chosen, kind="stable")
        return pointers, ballots[order], None if points is None else points[order]
    turned = np.empty_like(ballots)
    at = pointers[:-1].tolist()
    for start in range(0, len(chosen), _CHUNK):
        part = chosen[start : start + _CHUNK]
        mine = ballots[start : start + _CHUNK][np.argsort(part, kind="stable")]
        done = 0
        for project, count in enumerate(np.bincount(part, minlength=len(votes)).tolist()):
            turned[at[project] : at[project] + count] = mine[done : done + count]
            at[project] += count
            done += count
    return pointers, turned, None


def entries_of(starts: Ints, ballots: npt.NDArray[np.int32]) -> Ints:
    """Return the places in `chosen` that belong to these ballots, ballot by ballot."""
    first = starts[ballots]
    lengths = starts[ballots + 1] - first
    ends = np.cumsum(lengths)
    if not len(ends):
        return np.empty(0, dtype=np.int64)
    places: Ints = np.arange(ends[-1], dtype=np.int64)
    places += np.repeat(first - ends + lengths, lengths)
    return places


def gather(money: npt.NDArray[Any], supporters: npt.NDArray[np.int32]) -> npt.NDArray[Any]:
    """Return what these ballots hold. All must exist: numbers are not checked, which saves a third."""
    return money.take(supporters, mode="clip")


def share_equally(
    money: Ints,
    supporters: npt.NDArray[np.int32],
    weights: Ints | None,
    cost: int,
    price: int,
    most: int,
) -> tuple[int, int, int, int, int]:
    """Find the smallest whole price at which the supporters can pay a cost together.

    A supporter pays `price` times weight, or all of `money` if that is less; those marked -1 have none.
    `price` on entry is known not to be too high; the search stops early once it passes `most`. Returns (money
    of all supporters, price, money of those who pay all they have, weight of those who pay in full, number of
    supporters with money). If the money is not enough, or the search stopped early, the price is one that is
    certainly not too high.
    """
    held = gather(money, supporters)
    n_dead = int(np.count_nonzero(held < 0))
    n_alive = len(held) - n_dead
    if n_dead and weights is not None:
        alive = held >= 0
        held, weights, n_dead = held[alive], weights[alive], 0
    # Those marked -1 hold less than any price, so they may stay among the others.
    total = int(held.sum()) + n_dead
    full = n_alive if weights is None else int(weights.sum())
    if total < cost or not full:
        return total, price, 0, full, n_alive
    poor, n_left = 0, n_alive
    price = max(price, -(-cost // full))
    while True:
        can = held >= price if weights is None else held >= weights * price
        n_can = int(np.count_nonzero(can))
        # With weights a price rounded up can pass what the last payer holds; it is still high enough.
        if price > most or n_can == n_left or not n_can:
            return total, price, poor, full, n_alive
        held, n_left = held.compress(can), n_can
        if weights is None:
            full = n_can
        else:
            weights = weights[can]
            full = int(weights.sum())
        poor = total - int(held.sum())
        price = max(price, -(-(cost - poor) // full))


def charge(
    money: Ints,
    died: npt.NDArray[np.int16],
    supporters: npt.NDArray[np.int32],
    held: Ints,
    owed: Ints | int,
    uncertain: int,
    step: int,
) -> tuple[int, int, int, npt.NDArray[np.int32]]:
    """Let supporters pay `owed` or all they have, and mark those with nothing left by -1.

    `held` is the money of the supporters, in their order; `owed` is the price, times weights if any. Money is
    known from below, so a voter who seems to hold too little may truly hold enough: those who lack no more
    than `uncertain` are returned, unmarked, with money 0. Returns (money paid, payers in full, all payers,
    the uncertain ones).
    """
    after = held - owed
    short = np.flatnonzero(after < 0)
    n_full = len(held) - len(short)
    left = held[short]
    poor = left >= 0
    doubtful = poor & (after[short] >= -uncertain)
    dead = short[poor & ~doubtful]
    payers = n_full + int(np.count_nonzero(left > 0))
    died[supporters[dead]] = step
    # The missing amounts can exceed 64 bits when added up, so they are replaced before the sum.
    after[short] = -1
    # The money of all before, minus that of full payers afterwards; each mark counts as -1 in sums.
    paid = int(held.sum()) - int(after.sum()) - int(np.count_nonzero(poor))
    after[short[doubtful]] = 0
    money[supporters] = after
    return paid, n_full, payers, supporters[short[doubtful]]


def sum_marks(starts: Ints, chosen: npt.NDArray[np.uint16], marks: Ints) -> Ints:
    """Add up, for each ballot, the marks of the projects it names."""
    running = np.zeros(len(chosen) + 1, dtype=np.int64)
    np.cumsum(marks[chosen], out=running[1:])
    return running[starts[1:]] - running[starts[:-1]]
