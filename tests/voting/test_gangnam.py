"""The Gangnam-gu round of the second half of 2025 (synthetic ballots), through the real casting path."""

import csv
import json
from pathlib import Path

import pytest

from rounds.models import Phase, Round
from tests.factories import make_category, make_proposal, make_round
from tests.voting.votes import fresh, gangnam_ballots
from voting import services
from voting.models import BallotBox, CastEvent, FinalBallot, RuleSet, Tally
from voting.services import PaperPlan

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


def _count_gangnam(folder: Path, outside: RuleSet.Outside) -> Round:
    round = make_round(
        open=Phase.Kind.DECISION, is_imported=True, proposal_prefix="GN-2025-", budget_minor=4_000_000_000
    )
    RuleSet.objects.filter(round=round).update(outside=outside)
    category = make_category(round.authority)
    with (folder / "proposals.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["outcome"] == "ballot":
                make_proposal(
                    round,
                    state="feasible",
                    code=row["no"],
                    category=category,
                    reviewed_cost_minor=int(row["cost"]),
                )
    services.draw_up_ballot_paper(round, actor=None, plans=[PaperPlan(fields={"max_choices": 10})])
    services.freeze_rules(round, actor=None)
    services.load_recorded_ballots(fresh(round), gangnam_ballots(folder), actor=None)
    services.count(fresh(round))
    return fresh(round)


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "data" / "gangnam-2025h2"


@pytest.fixture
def expected(folder: Path) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return loaded


def test_ballots_of_people_inside_fund_exactly_the_recorded_projects(folder, expected):
    with (folder / "proposals.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] == "ballot"]

    round = _count_gangnam(folder, RuleSet.Outside.ADVISORY)

    decisive = Tally.objects.get(paper__round=round, is_decisive=True)
    assert (decisive.scope, decisive.n_ballots) == ("inside", 10_205)
    assert set(decisive.outcome["funded"]) == {row["no"] for row in rows if row["result"] == "adopted"}
    assert len(decisive.outcome["funded"]) == expected["adopted"] == 112
    assert decisive.outcome["cost"] == expected["adopted_cost"] == 3_998_700_000
    assert decisive.outcome["votes"] == {row["no"]: int(row["votes"]) for row in rows}
    outside = Tally.objects.get(paper__round=round, scope="outside")
    assert outside.outcome["votes"] == {row["no"]: int(row["votes_outside"]) for row in rows}
    assert outside.n_ballots == 1000
    assert (BallotBox.objects.count(), CastEvent.objects.count(), FinalBallot.objects.count()) == (
        11_205,
    ) * 3
    assert sum(len(row["1"]) for row in FinalBallot.objects.values_list("choices", flat=True)) == 64_882


def test_counting_ballots_from_outside_too_would_fund_other_projects(folder, expected):
    policy = expected["if_outside_counted"]

    round = _count_gangnam(folder, RuleSet.Outside.COUNTED)

    decisive = Tally.objects.get(paper__round=round, is_decisive=True)
    inside = Tally.objects.get(paper__round=round, scope="inside")
    assert (decisive.scope, decisive.n_ballots) == ("everybody", 11_205)
    assert len(decisive.outcome["funded"]) == policy["winners"] == 113
    assert decisive.outcome["left"] == policy["left"] == 0
    assert sorted(set(inside.outcome["funded"]) - set(decisive.outcome["funded"])) == policy["dropped"]
    assert sorted(set(decisive.outcome["funded"]) - set(inside.outcome["funded"])) == policy["added"]
    assert len(inside.outcome["funded"]) == 112
