from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings

from tests.voting.tally.strategies import Small, build, small_elections
from voting.tally import (
    Election,
    Kind,
    Outcome,
    Project,
    TieRule,
    Utility,
    by_district,
    compare,
    equal_shares,
    explain,
    greedy,
    pool_leftovers,
    shares_margins,
    votes_per_cost,
)

PROJECTS = [
    Project("park", 600, district="north"),
    Project("lamps", 300, district="south"),
    Project("path", 200, district="south"),
]
BALLOTS = [["park"], ["park"], ["park", "lamps"], ["lamps"], ["path"]]
AGES = ["old", "old", "young", "young", "young"]
CITY = Election.build(PROJECTS, BALLOTS, budget=900, traits={"age": AGES})


def test_greedy_explains_who_is_funded_and_what_the_others_lacked():
    explained = explain(CITY, greedy(CITY))

    park, lamps = explained.funded
    assert park.reason.sentence == "Funded in step 1 with a score of 3: it costs 600, and 900 was left."
    assert (lamps.step, lamps.reason.code) == (2, "by_score")
    (path,) = explained.not_funded
    assert path.reason.code == "no_money_left"
    assert path.reason.params == {"needed": 200, "left": 0, "budget": 900}
    assert path.lost_to == (("park", 0), ("lamps", 0))
    # With 2 votes it ties with the lamps and goes first, because it is cheaper.
    assert (path.margin.more_votes, path.margin.cost_at_most) == (1, None)
    assert path.change.sentence == "1 more vote would have funded it."


def test_equal_shares_explains_votes_and_price():
    explained = explain(CITY, equal_shares(CITY))

    # Shares are 180. The park's three hold 540 of 600, the lamps' two 360 of 300: 150 each, for 2 votes.
    (lamps,) = explained.funded
    assert (lamps.effective_votes, lamps.price) == (Decimal(2), 150)
    park, path = explained.not_funded
    # One voter of the park has 30 left, so together 390.
    assert park.money_behind == 390
    assert park.reason.sentence == "It costs 600, and its supporters together had 390 left."
    assert park.lost_to == (("lamps", 1),)
    assert path.money_behind == 180
    # Before the lamps are bought the park at up to 540 has three votes against two.
    assert park.margin.cost_at_most == 540


def test_who_gets_what_adds_up():
    outcome = greedy(CITY)

    explained = explain(CITY, outcome)

    north, south = explained.by_district
    assert (north.label, north.projects, north.funded, north.cost_asked, north.cost_funded) == (
        "north", 1, 1, 600, 600,
    )  # fmt: skip
    assert (south.funded, south.cost_asked, south.cost_funded) == (1, 500, 300)
    old, young = explained.by_group["age"]
    assert (old.voters, old.served, old.entries, old.entries_funded) == (2, 2, 2, 2)
    assert (young.voters, young.served, young.entries, young.entries_funded) == (3, 2, 4, 3)
    assert (old.money, young.money) == (Fraction(400), Fraction(500))
    assert old.money + young.money == outcome.cost


def test_two_outcomes_side_by_side():
    compared = compare(CITY, greedy(CITY), equal_shares(CITY))

    assert (compared.in_both, compared.only_first, compared.only_second) == (("lamps",), ("park",), ())
    assert (compared.better_first, compared.better_second) == (3, 0)
    assert (compared.first.served, compared.second.served) == (4, 2)
    assert compared.first.cost_by_district == {"north": 600, "south": 300}


def test_districts_count_on_their_own_and_leftovers_are_decisions():
    counted = by_district(CITY, {"north": 500, "south": 450}, greedy)

    pooled = pool_leftovers(CITY, counted, decided_by="council", reason="one pot for what is left")

    assert counted.funded == ("lamps",)
    assert counted.by_district["north"].voters == 3
    assert [(each.source, each.money) for each in pooled.leftovers] == [("north", 500), ("south", 150)]
    # 650 in the pot: the park has three votes and fits.
    assert pooled.from_pot is not None
    assert pooled.from_pot.funded == ("park",)
    assert pooled.cost == 900
    with pytest.raises(ValueError, match="already been decided"):
        pool_leftovers(CITY, pooled, decided_by="council", reason="again")


def test_a_district_without_a_budget_is_refused():
    with pytest.raises(ValueError, match="'south', which has no budget"):
        by_district(CITY, {"north": 500}, greedy)


def changed(small: Small, project: int, cost: int) -> Election:
    costs = [*small.costs[:project], cost, *small.costs[project + 1 :]]
    return build(costs, small.ballots, small.budget, Kind.APPROVAL)


def highest_cost(small: Small, project: int, rule: Callable[[Election], Outcome]) -> int | None:
    """Try every lower cost."""
    costs = range(1, small.costs[project])
    return max((c for c in costs if f"p{project}" in rule(changed(small, project, c)).funded), default=None)


@pytest.mark.parametrize("rule", [greedy, votes_per_cost])
@settings(max_examples=25, deadline=None)
@given(small=small_elections(top_cost=20))
def test_margins_under_rankings_are_what_recounts_say(rule: Callable[[Election], Outcome], small: Small):
    for why in explain(small.election, rule(small.election)).not_funded:
        number = int(why.project[1:])
        assert why.margin.cost_at_most == highest_cost(small, number, rule)
        enough = None
        for more in range(1, 14):
            ballots = small.ballots + [{number: 1}] * more
            if why.project in rule(build(small.costs, ballots, small.budget, Kind.APPROVAL)).funded:
                enough = more
                break
        assert why.margin.more_votes == enough or (why.margin.more_votes or 0) > 13


@settings(max_examples=25, deadline=None)
@given(small=small_elections(top_cost=20, most_ballots=6))
def test_margins_under_equal_shares_are_what_recounts_say(small: Small):
    for why in explain(small.election, equal_shares(small.election)).not_funded:
        number = int(why.project[1:])
        assert why.margin.cost_at_most == highest_cost(small, number, equal_shares)
        assert why.margin.more_votes == fewest_votes(small, number)


def fewest_votes(small: Small, number: int) -> int | None:
    """Try every set of voters who could add the project, smaller sets first."""
    others = [i for i, ballot in enumerate(small.ballots) if ballot and number not in ballot]
    for size in range(1, len(others) + 1):
        for chosen in combinations(others, size):
            ballots = [b | {number: 1} if i in chosen else b for i, b in enumerate(small.ballots)]
            if f"p{number}" in equal_shares(build(small.costs, ballots, small.budget, Kind.APPROVAL)).funded:
                return size
    return None


@settings(max_examples=25, deadline=None)
@given(small=small_elections(top_cost=20))
def test_margins_of_large_elections_promise_nothing_that_a_recount_denies(small: Small):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shares_margins, "_FRACTIONS_UP_TO", 0)
        explained = explain(small.election, equal_shares(small.election, tie=TieRule()))

    for why in explained.not_funded:
        if why.margin.cost_at_most is not None:
            cheaper = changed(small, int(why.project[1:]), why.margin.cost_at_most)
            assert why.project in equal_shares(cheaper).funded


@pytest.mark.parametrize(
    ("utility", "least_passed_over"), [(Utility.COST, 20), (Utility.CARDINALITY, 20), (Utility.POINTS, 0)]
)
@pytest.mark.parametrize("fractions_up_to", [0, 40_000])
@pytest.mark.parametrize("seed", range(3))
def test_steps_passed_over_in_the_search_for_margins_would_not_have_bettered_them(
    utility: Utility, least_passed_over: int, fractions_up_to: int, seed: int
):
    draw = random.Random(seed)
    costs = [draw.randint(200, 9_000) for _ in range(24)]
    ballots = [
        {p: draw.randint(1, 5) for p in draw.sample(range(24), draw.randint(1, 6))}
        for _ in range(400 if fractions_up_to == 0 else 60)
    ]
    kind = Kind.CUMULATIVE if utility is Utility.POINTS else Kind.APPROVAL
    election = build(costs, ballots, sum(costs) // 3, kind)
    outcome = equal_shares(election, utility=utility)
    passed_over = 0

    def look_everywhere(self: shares_margins.SharesMargins, *details: Any) -> tuple[bool, bool]:
        nonlocal passed_over
        passed_over += promising(self, *details) == (False, False)
        return self._ledger.utility is not Utility.POINTS, True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shares_margins, "_FRACTIONS_UP_TO", fractions_up_to)
        quick = [why.margin for why in explain(election, outcome).not_funded]
        promising = shares_margins.SharesMargins._promising
        patch.setattr(shares_margins.SharesMargins, "_promising", look_everywhere)
        thorough = [why.margin for why in explain(election, outcome).not_funded]

    assert passed_over >= least_passed_over
    assert quick == thorough
