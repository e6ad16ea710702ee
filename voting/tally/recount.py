"""Count a .pb file again: python recount.py FILE.pb RULE [name=value ...]

RULE is greedy, votes-per-cost, equal-shares, equal-shares-add1, phragmen or max-welfare. Names: tie (cheaper,
dearer, file), seed, threshold, rivals (a,b: one of them can be funded; not for max-welfare); for greedy
no_skip=1 and topup=4/5; for equal shares utility (cost, cardinality, points) and for add1 step=1.

Written from the published rules for people who check a count: exact fractions, nothing shared with the
platform's own count. Among equals: the cheaper, then the higher score, then the lower SHA-256(seed + id).
"""

import csv
import hashlib
import sys
from fractions import Fraction


class Election:
    """Costs by project id; ballots as {id: points}, equal ones together, with how often each was cast."""

    def __init__(self, path, rivals=""):
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file, delimiter=";") if row]
        projects, votes = rows.index(["PROJECTS"]) + 1, rows.index(["VOTES"]) + 1
        meta = {row[0]: row[1] for row in rows[2 : projects - 1]}
        kind, cast = meta["vote_type"], {}
        for row in rows[votes + 1 :]:
            row = dict(zip(rows[votes], row, strict=True))
            ids, points = [id for id in row["vote"].split(",") if id], None
            if kind in ("ordinal", "cumulative", "scoring") and "points" in row:
                points = [int(Fraction(p)) for p in row["points"].split(",") if p]
            points = points or (range(len(ids), 0, -1) if kind == "ordinal" else [1] * len(ids))
            entries = reversed(list(zip(ids, points, strict=True)))
            key = tuple(sorted(dict(entries).items()))  # a project named twice counts once, as first named
            cast[key] = cast.get(key, 0) + 1
        self.budget, self.rivals = Fraction(meta["budget"]), set(rivals.split(","))
        place = rows[projects].index("cost")
        self.costs = {row[0]: Fraction(row[place]) for row in rows[projects + 1 : votes - 1]}
        self.ballots = [dict(key) for key in cast if key]
        self.times = [times for key, times in cast.items() if key]
        default = int(meta.get("default_score") or 0) if kind == "scoring" else 0
        self.backers, self.votes, self.score = {}, {}, {}
        for id in self.costs:
            self.backers[id] = [i for i, ballot in enumerate(self.ballots) if id in ballot]
            self.votes[id] = sum(self.times[i] for i in self.backers[id])
            self.score[id] = sum(
                b.get(id, default) * t for b, t in zip(self.ballots, self.times, strict=True)
            )

    def blocked(self, id, funded):
        return id in self.rivals and bool(self.rivals & set(funded))

    def order(self, tie="cheaper", seed="", threshold=0):
        """Return the projects that take part, in the published order among equals."""
        ids = [id for id in self.costs if self.score[id] >= threshold and self.costs[id] != 999999999]
        sign = {"cheaper": 1, "dearer": -1, "file": 0}[tie]
        lot = {id: hashlib.sha256((seed + id).encode()).hexdigest() for id in ids}
        return sorted(ids, key=lambda id: sign and (sign * self.costs[id], -self.score[id], lot[id]))


def greedy(election, order, per_cost=False, no_skip=False, topup=None):
    funded, money = [], election.budget
    for id in sorted(order, key=lambda id: -election.score[id] * (1 / election.costs[id] if per_cost else 1)):
        blocked = election.blocked(id, funded)
        if not blocked and election.costs[id] <= money:
            funded.append(id)
            money -= election.costs[id]
        elif not blocked and (no_skip or topup):
            return [*funded, id] if topup and money >= topup * election.costs[id] else funded
    return funded


def equal_shares(election, order, utility="cost", share=None):
    times, ballots, funded = election.times, election.ballots, []
    money = [election.budget / sum(times) if share is None else share] * len(ballots)
    known = dict.fromkeys(order, Fraction(10**30))  # worth only falls: what was once known is never too low
    while True:
        winner = (0, 0)
        for id in sorted(known, key=lambda id: -known[id]):
            if known[id] < winner[0]:
                break
            weight = {i: ballots[i][id] if utility == "points" else 1 for i in election.backers[id]}
            weight = {i: w for i, w in weight.items() if w > 0 and money[i] > 0}
            owed, full = election.costs[id], sum(w * times[i] for i, w in weight.items())
            if election.blocked(id, funded) or sum(money[i] * times[i] for i in weight) < owed:
                del known[id]
                continue
            for i in sorted(weight, key=lambda i: money[i] / weight[i]):
                if money[i] * full >= owed * weight[i]:
                    break
                owed, full = owed - money[i] * times[i], full - weight[i] * times[i]
            known[id] = (election.costs[id] if utility == "cost" else 1) * full / owed
            winner = max(winner, (known[id], -order.index(id), id, owed / full, weight))
        if len(winner) == 2:
            return funded
        for i, w in winner[4].items():
            money[i] -= min(money[i], winner[3] * w)
        funded.append(winner[2])
        del known[winner[2]]


def equal_shares_add1(election, order, utility="cost", step=1):
    share, result = Fraction(election.budget // sum(election.times)), []
    enough = 2 * sum(election.costs.values())
    while share < enough and len(result) < sum(election.votes[id] > 0 for id in order):
        funded = equal_shares(election, order, utility, share)
        if sum(election.costs[id] for id in funded) > election.budget:
            break
        result, share = funded, share + step
    return result


def phragmen(election, order):
    load, funded, money = [Fraction(0)] * len(election.ballots), [], election.budget
    rest = [id for id in order if election.votes[id] and election.costs[id] <= money]
    while rest := [id for id in rest if id not in funded and not election.blocked(id, funded)]:
        carried = {id: sum(load[i] * election.times[i] for i in election.backers[id]) for id in rest}
        after = {id: (election.costs[id] + carried[id]) / election.votes[id] for id in rest}
        equals = [id for id in rest if after[id] == min(after.values())]
        if max(election.costs[id] for id in equals) > money:
            break
        for i in election.backers[equals[0]]:
            load[i] = after[equals[0]]
        money -= election.costs[equals[0]]
        funded.append(equals[0])
    return funded


def max_welfare(election, order):
    sets = [(0, 0, "")]  # minus cost, score, and a 1 or 0 for each project so far, in order
    for id in order:
        both = [(c, s, m + "0") for c, s, m in sets]
        both += [(c - election.costs[id], s + election.score[id], m + "1") for c, s, m in sets]
        sets = []
        for each in sorted(both, reverse=True):  # a dearer set that is no better leads nowhere
            if each[0] >= -election.budget and (not sets or each[1] > sets[-1][1]):
                sets.append(each)
    chosen = [id for id, mark in zip(order, sets[-1][2], strict=True) if mark == "1"]
    return sorted(chosen, key=lambda id: -election.score[id])


if __name__ == "__main__":
    path, name = sys.argv[1:3] if len(sys.argv) > 2 else sys.exit(__doc__)
    asked = dict(each.split("=", 1) for each in sys.argv[3:])
    asked |= {key: Fraction(asked[key]) for key in ("threshold", "step", "topup", "no_skip") if key in asked}
    asked |= {"per_cost": True} if name == "votes-per-cost" else {}
    election = Election(path, asked.pop("rivals", ""))
    order = election.order(**{key: asked.pop(key) for key in ("tie", "seed", "threshold") if key in asked})
    rules = {"greedy": greedy, "votes-per-cost": greedy, "phragmen": phragmen, "max-welfare": max_welfare}
    rules |= {"equal-shares": equal_shares, "equal-shares-add1": equal_shares_add1}
    print("\n".join(rules[name](election, order, **asked)))
