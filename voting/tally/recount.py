"""Count a .pb file again: python recount.py FILE.pb RULE [name=value ...]

RULE is greedy, which is here, or a rule of a file recount_*.py that is next to this one: equal-shares,
equal-shares-add1, phragmen. Names: tie (cheaper, dearer, file), seed, threshold, rivals (a,b+c,d: one of
each), completion=1 (greedy spends the rest), comparison=1 (greedy, if it serves more); for greedy per_cost=1,
no_skip=1, topup=4/5; those of another rule are in its file. Written from the published rules for people who
check a count: exact, nothing shared with the platform's own count. Among equals: the cheaper, then the higher
score, then the lower SHA-256(seed + id).
"""

import csv
import hashlib
import sys
from array import array
from fractions import Fraction
from functools import lru_cache
from pathlib import Path


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


@lru_cache
def rules():
    """Return each rule's function by name: greedy, and those of the files next to this one."""
    found = {"greedy": greedy}
    for path in sorted(Path(__file__).resolve().parent.glob("recount_*.py")):
        exec(compile(path.read_text(encoding="utf-8"), path, "exec"), found)  # noqa: S102 (a part of this program)
    return found


def count(election, rule, tie="cheaper", seed="", threshold=0, completion=0, comparison=0, **asked):
    order = election.order(tie, seed, threshold)
    funded = rules()[rule.replace("-", "_")](election, order, **asked)
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
