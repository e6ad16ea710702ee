"""The few loops that touch every entry of every ballot.

Written with NumPy. All arithmetic is on 64-bit integers, so the answers do not depend on the platform, on
the number of threads or on the order of ballots.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def count_entries(chosen: npt.NDArray[np.uint16], n_projects: int) -> Ints:
    """Count how often each project number occurs."""
    counts: Ints = np.bincount(chosen, minlength=n_projects)
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
    # A stable sort of 16-bit numbers is a radix sort: linear, and ballots stay in order within a project.
    order = np.argsort(chosen, kind="stable")
    ballots = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    return pointers, ballots[order], None if points is None else points[order]


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


def share_equally(
    money: Ints,
    supporters: npt.NDArray[np.int32],
    weights: Ints | None,
    cost: int,
    price: int,
    most: int,
) -> tuple[int, int, int, int, int]:
    """Find the smallest whole price at which the supporters can pay a cost together.

    A supporter pays `price` times weight, or all of `money` where that is less; those marked -1 have none.
    `price` on entry is known not to be too high; the search stops early once it passes `most`. Returns
    (money of all supporters, price, money of those who pay all they have, weight of those who pay in full,
    number of supporters with money). If the money does not reach, or the search stopped early, the price is
    one that is certainly not too high.
    """
    held = money[supporters]
    alive = held >= 0
    if not alive.all():
        held = held[alive]
        if weights is not None:
            weights = weights[alive]
    n_alive = len(held)
    total = int(held.sum())
    full = n_alive if weights is None else int(weights.sum())
    if total < cost or not full:
        return total, price, 0, full, n_alive
    poor = 0
    price = max(price, -(-cost // full))
    while True:
        can = held >= price if weights is None else held >= weights * price
        # With weights a price rounded up can pass what the last payer holds; it is still high enough.
        if price > most or can.all() or not can.any():
            return total, price, poor, full, n_alive
        held = held[can]
        if weights is None:
            full = len(held)
        else:
            weights = weights[can]
            full = int(weights.sum())
        poor = total - int(held.sum())
        price = max(price, -(-(cost - poor) // full))


def charge(
    money: Ints,
    died: npt.NDArray[np.int16],
    supporters: npt.NDArray[np.int32],
    weights: Ints | None,
    price: int,
    uncertain: int,
    step: int,
) -> tuple[int, int, int, npt.NDArray[np.int32]]:
    """Let supporters pay `price` (times weight) or all they have, and mark who has nothing left with -1.

    Money is known from below, so whoever seems to hold too little may truly hold enough: those who lack no
    more than `uncertain` are returned, unmarked, with money 0. Returns (money paid, payers in full, all
    payers, the uncertain ones).
    """
    held = money[supporters]
    if weights is None:
        after = held - price
        doubtful = (after < 0) & (after >= -uncertain) & (held >= 0)
    else:
        after = held - weights * price
        doubtful = (after < 0) & (after >= -uncertain) & (held >= 0)
    poor = (after < 0) & (held >= 0)
    dead = poor & ~doubtful
    full = after >= 0
    paid = int(held[held >= 0].sum()) - int(after[full].sum())
    n_full = int(np.count_nonzero(full))
    payers = n_full + int(np.count_nonzero(poor & (held > 0)))
    died[supporters[dead]] = step
    after[held < 0] = -1
    after[dead] = -1
    after[doubtful] = 0
    money[supporters] = after
    return paid, n_full, payers, supporters[doubtful]


def sum_marks(starts: Ints, chosen: npt.NDArray[np.uint16], marks: Ints) -> Ints:
    """Add up, for each ballot, the marks of the projects it names."""
    running = np.zeros(len(chosen) + 1, dtype=np.int64)
    np.cumsum(marks[chosen], out=running[1:])
    return running[starts[1:]] - running[starts[:-1]]
