"""Naive counting rules over Fractions, written like their definitions: the reference for the count."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from voting.tally import Election


def equal_shares(
    costs: Sequence[int],
    ballots: Sequence[dict[int, int]],
    share: Fraction,
    rank: Sequence[int],
    utility: str = "cost",
) -> list[tuple[int, Fraction]]:
    """Return (project, price) in the order bought; `rank` is the tie-break order."""
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


def max_welfare(election: Election, order: Sequence[str]) -> list[str]:
    """Return the affordable set of greatest score, then least cost; ids by score, in `order` among equals.

    Sets are built project by project. A set is dropped if another costs no more and scores no less.
    """
    costs = dict(zip(election.ids, election.costs, strict=True))
    scores = dict(zip(election.ids, election.scores, strict=True))
    sets = [(0, 0, "")]  # minus cost, score, and a 1 or 0 for each project so far
    for id in order:
        longer = [(cost, score, marks + "0") for cost, score, marks in sets]
        longer += [(cost - costs[id], score + scores[id], marks + "1") for cost, score, marks in sets]
        sets = []
        for each in sorted(longer, reverse=True):
            if each[0] >= -election.budget and (not sets or each[1] > sets[-1][1]):
                sets.append(each)
    chosen = [id for id, mark in zip(order, sets[-1][2], strict=True) if mark == "1"]
    return sorted(chosen, key=lambda id: -scores[id])
