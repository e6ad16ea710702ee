"""The Gangnam-gu round of the second half of 2025 (synthetic ballots), through the real casting path."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from voting.ballots.models import BallotBox, CastEvent, FinalBallot
from voting.counting.models import Tally

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "data" / "gangnam-2025h2"


@pytest.fixture
def expected(folder: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return loaded


def test_ballots_of_people_inside_fund_exactly_the_recorded_projects(
    loaded: SimpleNamespace, folder, expected
):
    with (folder / "proposals.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] == "ballot"]

    decisive = Tally.objects.get(ballot_style__round=loaded.round, is_decisive=True)

    assert (decisive.scope, decisive.n_ballots) == ("inside", 10_205)
    assert set(decisive.outcome["funded"]) == {row["no"] for row in rows if row["result"] == "adopted"}
    assert len(decisive.outcome["funded"]) == expected["adopted"] == 112
    assert decisive.outcome["cost"] == expected["adopted_cost"] == 3_998_700_000
    assert decisive.outcome["votes"] == {row["no"]: int(row["votes"]) for row in rows}
    outside = Tally.objects.get(ballot_style__round=loaded.round, scope="outside")
    assert outside.outcome["votes"] == {row["no"]: int(row["votes_outside"]) for row in rows}
    assert outside.n_ballots == 1000
    assert (BallotBox.objects.count(), CastEvent.objects.count(), FinalBallot.objects.count()) == (
        11_205,
    ) * 3
    assert sum(len(row["1"]) for row in FinalBallot.objects.values_list("choices", flat=True)) == 64_882


def test_counting_ballots_from_outside_too_would_fund_other_projects(loaded: SimpleNamespace, expected):
    policy = expected["if_outside_counted"]

    everybody = Tally.objects.get(ballot_style__round=loaded.round, scope="everybody")
    inside = Tally.objects.get(ballot_style__round=loaded.round, scope="inside")

    assert everybody.n_ballots == 11_205
    assert len(everybody.outcome["funded"]) == policy["winners"] == 113
    assert everybody.outcome["left"] == policy["left"] == 0
    assert sorted(set(inside.outcome["funded"]) - set(everybody.outcome["funded"])) == policy["dropped"]
    assert sorted(set(everybody.outcome["funded"]) - set(inside.outcome["funded"])) == policy["added"]
    assert len(inside.outcome["funded"]) == 112
