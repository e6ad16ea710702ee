"""Count a .pb file again: python recount.py FILE.pb RULE [name=value ...]

RULE is greedy, equal-shares, equal-shares-add1 or phragmen. Names: tie (cheaper, dearer, file), seed,
threshold, rivals (a,b: one can be funded); for greedy per_cost=1, no_skip=1, topup=4/5; for equal shares
utility (cost, cardinality, points), step, completion=1 (greedy spends the rest), comparison=1 (greedy, if it
serves more). Written from the published rules for people who check a count: exact, nothing shared with the
platform's own count. Among equals: the cheaper, then the higher score, then the lower SHA-256(seed + id).
"""

import csv
import hashlib
import sys
from fractions import Fraction


class Election:
    """Costs by project id; ballots as {id: points}, equal ones together, with how often each was cast."""

    def __init__(self, lines, rivals=""):
        rows = [row for row in csv.reader(lines, delimiter=";") if row]
        projects, votes = rows.index(["PROJECTS"]) + 1, rows.index(["VOTES"]) + 1
        meta = {row[0]: row[1] for row in rows[2 : projects - 1]}
        kind, cast = meta["vote_type"], {}
        for row in (dict(zip(rows[votes], row, strict=True)) for row in rows[votes + 1 :]):
            ids = [id for id in row["vote"].split(",") if id]
            points = [int(Fraction(p)) for p in row.get("points", "").split(",") if p and kind != "approval"]
            points = points or (range(len(ids), 0, -1) if kind == "ordinal" else [1] * len(ids))
            key = tuple(sorted(dict(zip(reversed(ids), reversed(points), strict=True)).items()))
            cast[key] = cast.get(key, 0) + bool(ids)  # a blank one is no voter's; twice named counts as first
        self.budget, self.rivals = Fraction(meta["budget"]), set(rivals.split(","))
        cost, default = rows[projects].index("cost"), int(meta.get("default_score") or 0)
        self.costs = {row[0]: Fraction(row[cost]) for row in rows[projects + 1 : votes - 1]}
        self.ballots, self.times = [dict(key) for key in cast], list(cast.values())
        self.backers, self.votes, self.score = {id: [] for id in self.costs}, {}, {}
        for i, ballot in enumerate(self.ballots):
            for id in ballot:
                self.backers[id].append((i, ballot[id]))
        for id, who in self.backers.items():
            self.votes[id] = sum(self.times[i] for i, _ in who)
            self.score[id] = sum((p - default) * self.times[i] for i, p in who) + default * sum(self.times)

    def order(self, tie="cheaper", seed="", threshold=0):
        ids = [id for id in self.costs if self.score[id] >= threshold and self.costs[id] != 999999999]
        sign = {"cheaper": 1, "dearer": -1, "file": 0}[tie]
        lot = {id: hashlib.sha256((seed + id).encode()).hexdigest() for id in ids}
        return sorted(ids, key=lambda id: sign and (sign * self.costs[id], -self.score[id], lot[id]))

    def open(self, ids, funded):
        return [id for id in ids if id not in funded and len(self.rivals & {id, *funded}) < 2]


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
    share = election.budget / max(1, sum(election.times)) if share is None else share
    money, purse, funded = [0, share], [1] * len(election.ballots), []  # who bought the same holds the same
    known = dict.fromkeys(order, Fraction(10**30))  # worth only falls: what was once known is never too low
    while True:
        winner = (0, 0)
        for id in sorted(known, key=lambda id: -known[id]):
            if known[id] < winner[0]:
                break
            many = {}  # supporters by what they hold and how much they want it
            for i, points in election.backers[id]:
                key = purse[i], points if utility == "points" else 1
                many[key] = many.get(key, 0) + election.times[i]
            many = {(p, w): n for (p, w), n in many.items() if p and w > 0}
            owed, full = election.costs[id], sum(w * n for (_, w), n in many.items())
            if sum(money[p] * n for (p, _), n in many.items()) < owed:
                del known[id]
                continue
            for p, w in sorted(many, key=lambda key: money[key[0]] / key[1]):
                if money[p] * full >= owed * w:
                    break
                owed, full = owed - money[p] * many[p, w], full - w * many[p, w]
            known[id] = (election.costs[id] if utility == "cost" else 1) * full / owed
            winner = max(winner, (known[id], -order.index(id), id, owed / full, many))
        if len(winner) == 2:
            return funded
        _, _, bought, price, paid = winner
        for p, w in paid:
            money.append(money[p] - price * w)
            paid[p, w] = len(money) - 1 if money[-1] > 0 else 0
        for i, points in election.backers[bought]:
            purse[i] = paid.get((purse[i], points if utility == "points" else 1), purse[i])
        funded.append(bought)
        known = {id: known[id] for id in election.open(known, funded)}


def equal_shares_add1(election, order, utility="cost", step=1):
    share, result = Fraction(election.budget // max(1, sum(election.times))), []
    order = [id for id in order if election.votes[id]]
    while share < 2 * sum(election.costs.values()) and len(result) < len(order):
        funded = equal_shares(election, order, utility, share)
        if sum(election.costs[id] for id in funded) > election.budget:
            break
        result, share = funded, share + step
    return result


def phragmen(election, order):
    load, funded, money = [Fraction(0)], [], election.budget
    last = [0] * len(election.ballots)  # the step at which each last bought: its load is theirs
    rest = [id for id in order if election.votes[id] and election.costs[id] <= money]
    while rest := election.open(rest, funded):
        after = {}
        for id in rest:
            many = [0] * len(load)
            for i, _ in election.backers[id]:
                many[last[i]] += election.times[i]
            total = election.costs[id] + sum(n * each for n, each in zip(many, load, strict=True) if n)
            after[id] = total / election.votes[id]
        equals = [id for id in rest if after[id] == min(after.values())]
        if max(election.costs[id] for id in equals) > money:
            break
        for i, _ in election.backers[equals[0]]:
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
    other = set(greedy(election, order)) if comparison else set(funded)
    more = [sum((id in other) - (id in funded) for id in ballot) for ballot in election.ballots]
    ahead = sum(t * ((n > 0) - (n < 0)) for n, t in zip(more, election.times, strict=True))
    return greedy(election, order) if ahead > 0 else funded


if __name__ == "__main__":
    path, name = sys.argv[1:3] if len(sys.argv) > 2 else sys.exit(__doc__)
    asked = dict(each.split("=", 1) for each in sys.argv[3:])
    asked |= {key: Fraction(asked[key]) for key in asked if key not in ("tie", "seed", "utility", "rivals")}
    with open(path, encoding="utf-8-sig", newline="") as file:
        print("\n".join(count(Election(file, asked.pop("rivals", "")), name, **asked)))
