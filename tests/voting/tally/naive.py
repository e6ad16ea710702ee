"""The rules written as slowly and plainly as their definitions, over Fractions: what the count is held to."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def equal_shares(
    costs: Sequence[int],
    ballots: Sequence[dict[int, int]],
    share: Fraction,
    rank: Sequence[int],
    utility: str = "cost",
) -> list[tuple[int, Fraction]]:
    """Return (project, price) in the order bought; `rank` is the order among equals."""
    money = [share] * len(ballots)
    rest = set(range(len(costs)))
    bought: list[tuple[int, Fraction]] = []
    while True:
        offers = []
        for p in rest:
            weight = {
                i: ballot[p] if utility == "points" else 1
                for i, ballot in enumerate(ballots)
                if p in ballot and (utility != "points" or ballot[p])
            }
            if not weight or sum(money[i] for i in weight) < costs[p]:
                continue
            owed, full = Fraction(costs[p]), sum(weight.values())
            for i in sorted(weight, key=lambda i: money[i] / weight[i]):
                if money[i] * full >= owed * weight[i]:
                    break
                owed, full = owed - money[i], full - weight[i]
            price = owed / full
            worth = (costs[p] if utility == "cost" else 1) / price
            offers.append((worth, -rank[p], p, price, weight))
        if not offers:
            return bought
        _, _, p, price, weight = max(offers, key=lambda offer: offer[:2])
        for i, u in weight.items():
            money[i] -= min(money[i], price * u)
        rest.discard(p)
        bought.append((p, price))
