"""The flagship round: the projects that 10,205 voters fund, and the effect of 1,000 votes from outside."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from voting.tally import Election, Outcome, Project, greedy


def count(folder: Path, *, with_outside: bool) -> Outcome:
    with (folder / "proposals.csv").open(newline="") as file:
        lines = [row for row in csv.DictReader(file) if row["outcome"] == "ballot"]
    with (folder / "ballots.csv").open(newline="") as file:
        ballots = [
            row["choices"].split()
            for row in csv.DictReader(file)
            if with_outside or row["class"] != "outside"
        ]
    projects = [Project(row["no"], int(row["cost"])) for row in lines]
    return greedy(Election.build(projects, ballots, budget=4_000_000_000))


def test_voters_from_inside_fund_112_projects(shared: Path):
    folder = shared / "data" / "gangnam-2025h2"
    expected = json.loads((folder / "expected.json").read_text())

    outcome = count(folder, with_outside=False)

    assert outcome.voters == 10_205
    assert len(outcome.funded) == expected["adopted"] == 112
    assert (outcome.cost, outcome.left) == (expected["adopted_cost"], expected["budget_left"])
    assert outcome.votes[outcome.funded[-1]] == expected["rank112_votes"]


def test_votes_from_outside_would_have_changed_three_projects(shared: Path):
    folder = shared / "data" / "gangnam-2025h2"
    expected = json.loads((folder / "expected.json").read_text())["if_outside_counted"]

    inside, all_voters = count(folder, with_outside=False), count(folder, with_outside=True)

    assert len(all_voters.funded) == expected["winners"]
    assert all_voters.left == expected["left"]
    assert sorted(set(inside.funded) - set(all_voters.funded)) == expected["dropped"]
    assert sorted(set(all_voters.funded) - set(inside.funded)) == expected["added"]
