"""The part of recount.py for phragmen. It knows no names of its own."""
# mypy: ignore-errors

from collections import Counter
from fractions import Fraction


def phragmen(election, order):
    load, funded, money = [Fraction(0)], [], election.budget
    last = [0] * election.voters  # the step at which each last bought: its load is theirs
    rest = [id for id in order if election.votes[id] and election.costs[id] <= money]
    while rest := election.open(rest, funded):
        after = {}
        for id in rest:
            many = Counter(map(last.__getitem__, election.who[id]))
            after[id] = (election.costs[id] + sum(n * load[k] for k, n in many.items())) / election.votes[id]
        equals = [id for id in rest if after[id] == min(after.values())]
        if max(election.costs[id] for id in equals) > money:
            break
        for i in election.who[equals[0]]:
            last[i] = len(load)
        load, funded = [*load, after[equals[0]]], [*funded, equals[0]]
        money -= election.costs[equals[0]]
    return funded
