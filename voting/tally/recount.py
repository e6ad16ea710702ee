"""Count a .pb file again: python recount.py FILE.pb RULE [name=value ...]

RULE is greedy, equal-shares, equal-shares-add1 or phragmen. Names: tie (cheaper, dearer, file), seed,
threshold, rivals (a,b+c,d: one of each); for greedy per_cost=1, no_skip=1, topup=4/5; for equal shares
utility (cost, cardinality, points), step, completion=1 (greedy spends the rest), comparison=1 (greedy, if it
serves more). Written from the published rules for people who check a count: exact, nothing shared with the
platform's own count. Among equals: the cheaper, then the higher score, then the lower SHA-256(seed + id).
"""

import csv
import hashlib
import sys
from array import array
from collections import Counter
from fractions import Fraction
from math import lcm


class Election:
    """Costs by project id; who wants a project, by the voters' numbers, and how many points each gives it."""

    def __init__(self, lines, rivals=""):
        rows = (row for row in csv.reader(lines, delimiter=";") if row)
        meta = {row[0]: row[-1] for row in iter(rows.__next__, ["PROJECTS"])}
        cost = next(rows).index("cost")
        self.costs, self.voters = {row[0]: Fraction(row[cost]) for row in iter(rows.__next__, ["VOTES"])}, 0
        self.budget, self.rivals = Fraction(meta["budget"]), [{*g.split(",")} for g in rivals.split("+")]
        self.who, self.points = ({id: array("i") for id in self.costs} for _ in range(2))
        head, kind, default = next(rows), meta["vote_type"], int(meta.get("default_score") or 0)
        for row in (dict(zip(head, row, strict=True)) for row in rows):
            ids = [id for id in row["vote"].split(",") if id]
            points = [int(Fraction(p)) for p in row.get("points", "").split(",") if p and kind != "approval"]
            points = points or (range(len(ids), 0, -1) if kind == "ordinal" else [1] * len(ids))
            for id, p in dict(zip(reversed(ids), reversed(points), strict=True)).items():
                self.who[id].append(self.voters)  # twice named counts as first
                self.points[id].append(p)
            self.voters += bool(ids)  # a blank one is no voter's
        self.votes = {id: len(who) for id, who in self.who.items()}
        self.score = {id: sum(p) + default * (self.voters - len(p)) for id, p in self.points.items()}

    def order(self, tie="cheaper", seed="", threshold=0):
        ids = [id for id in self.costs if self.score[id] >= threshold and self.costs[id] != 999999999]
        sign = {"cheaper": 1, "dearer": -1, "file": 0}[tie]
        lot = {id: hashlib.sha256((seed + id).encode()).hexdigest() for id in ids}
        return sorted(ids, key=lambda id: sign and (sign * self.costs[id], -self.score[id], lot[id]))

    def open(self, ids, funded):
        return [p for p in ids if p not in funded and not any(p in g and g & {*funded} for g in self.rivals)]


def greedy(election, order, per_cost=False, no_skip=False, topup=None, funded=()):
    funded, money = list(funded), election.budget - sum(election.costs[id] for id in funded)
    for id in sorted(order, key=lambda id: -election.score[id] * (1 / election.costs[id] if per_cost else 1)):
        fits = money >= election.costs[id] * (topup or 1)
        if election.open([id], funded) and (fits or no_skip or topup):
            funded, money = funded + [id] * fits, money - election.costs[id]
            if money < 0:  # the first that does not fit ends the count
                break
    return funded


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


def count(election, rule, tie="cheaper", seed="", threshold=0, completion=0, comparison=0, **asked):
    rules = {f.__name__: f for f in (greedy, equal_shares, equal_shares_add1, phragmen)}
    order = election.order(tie, seed, threshold)
    funded = rules[rule.replace("-", "_")](election, order, **asked)
    if completion:
        funded = greedy(election, [id for id in order if election.votes[id]], funded=funded)
    other, more = greedy(election, order) if comparison else funded, [0] * election.voters
    for id in {*other} ^ {*funded}:
        for i in election.who[id]:
            more[i] += 1 if id in other else -1
    return other if sum(n > 0 for n in more) > sum(n < 0 for n in more) else funded


if __name__ == "__main__":
    path, name = sys.argv[1:3] if len(sys.argv) > 2 else sys.exit(__doc__)
    asked = dict(each.split("=", 1) for each in sys.argv[3:])
    asked |= {key: Fraction(asked[key]) for key in asked if key not in ("tie", "seed", "utility", "rivals")}
    with open(path, encoding="utf-8-sig", newline="") as file:
        election = Election(file, asked.pop("rivals", ""))
    print("\n".join(count(election, name, **asked)))
