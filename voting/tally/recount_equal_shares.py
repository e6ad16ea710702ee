"""The part of recount.py for equal-shares and equal-shares-add1.

Names: utility (cost, cardinality, points); for equal-shares-add1 also step, the raise of every voter's share.
"""
# mypy: ignore-errors

from array import array
from collections import Counter
from fractions import Fraction
from math import lcm


def equal_shares(election, order, utility="cost", share=None):
    share = election.budget / max(1, election.voters) if share is None else share
    unit = lcm(share.denominator, *(cost.denominator for cost in election.costs.values()))
    # Money is in parts of 1 / unit. Voters who bought the same share the number of a purse; 0 is empty.
    money, purse, funded = {1: int(share * unit)}, [1] * election.voters, []
    wanted = {id: {} for id in order}  # voters by how much they want it
    for id in order:
        for i, points in zip(election.who[id], election.points[id], strict=True):
            wanted[id].setdefault(max(0, points) if utility == "points" else 1, array("i")).append(i)
    known = dict.fromkeys(order, Fraction(10**30))  # worth only falls: what was once known is never too low
    while True:
        winner = (0, 0)
        for id in sorted(known, key=lambda id: -known[id]):
            if known[id] < winner[0]:
                break
            many = {w: Counter(map(purse.__getitem__, who)) for w, who in wanted[id].items()}
            pay = [(money[p], w, n) for w in many for p, n in many[w].items() if p and w]
            owed, full, poor = int(election.costs[id] * unit), sum(w * n for _, w, n in pay), True
            if sum(held * n for held, _, n in pay) < owed:
                known[id] = -1
            while poor and known[id] >= winner[0]:  # owed / full is the price; who cannot pay it gives all
                poor = [each for each in pay if each[0] * full < owed * each[1]]
                pay = [each for each in pay if each[0] * full >= owed * each[1]] if poor else pay
                owed, full = owed - sum(h * n for h, _, n in poor), full - sum(w * n for _, w, n in poor)
                known[id] = (election.costs[id] if utility == "cost" else 1) * Fraction(full * unit, owed)
            winner = winner if poor else max(winner, (known[id], -order.index(id), id, owed, full, many))
        if len(winner) == 2:
            return funded
        (_, _, bought, price, full, many), new = winner, max(purse)
        unit, money = unit * full, {p: money[p] * full for p in {*purse} - {0}}  # so that the price is whole
        for w, who in wanted[bought].items():
            after = {p: new + n for n, p in enumerate(many[w], 1) if p and money[p] > price * w}
            money, new = money | {after[p]: money[p] - price * w for p in after}, new + len(many[w])
            for i in who:
                purse[i] = after.get(purse[i], 0)
        funded.append(bought)
        known = {id: known[id] for id in election.open(known, funded)}


def equal_shares_add1(election, order, utility="cost", step=1):
    share, result = Fraction(election.budget // max(1, election.voters)), []
    order = [id for id in order if election.votes[id]]
    while share < 2 * sum(election.costs.values()) and len(result) < len(order):
        funded = equal_shares(election, order, utility, share)
        if sum(election.costs[id] for id in funded) > election.budget:
            break
        result, share = funded, share + step
    return result
