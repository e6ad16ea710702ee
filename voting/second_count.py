"""A second counter, written apart from `voting.tally` and sharing nothing with it but the ballots.

Plain lists and whole numbers, as somebody with a sheet of paper would do it. A result is stored only where
both come to the same. It knows the rule "most votes first" only, so rounds are frozen with no other.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from voting.sealing import Entry


def scores(codes: Iterable[str], ballots: Iterable[Sequence[Entry]], borda_top: int | None) -> dict[str, int]:
    """Add up what each project was given: 1 for a choice, its points, or top, top − 1, … by place."""
    sums = dict.fromkeys(codes, 0)
    for ballot in ballots:
        for place, entry in enumerate(ballot):
            if not isinstance(entry, str):
                sums[entry[0]] += entry[1]
            elif borda_top is not None:
                sums[entry] += max(borda_top - place, 0)
            else:
                sums[entry] += 1
    return sums


def most_votes_first(
    costs: Mapping[str, int], sums: Mapping[str, int], *, budget: int, dearer_first: bool, seed: str
) -> list[str]:
    """Go down the list from the most votes, funding what the money left pays for; return codes in order.

    Equals: by cost, then by the SHA-256 of seed and code. A project without a vote is not funded.
    """

    def place(code: str) -> tuple[int, int, str]:
        lot = hashlib.sha256((seed + code).encode()).hexdigest()
        return -sums[code], -costs[code] if dearer_first else costs[code], lot

    funded, left = [], budget
    for code in sorted(costs, key=place):
        if sums[code] > 0 and costs[code] <= left:
            funded.append(code)
            left -= costs[code]
    return funded
