from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

from tests.voting.tally import naive
from tests.voting.tally.strategies import Small, small_elections
from voting.tally import (
    Election,
    Kind,
    Project,
    TieOrder,
    TieRule,
    Utility,
    equal_shares,
    equal_shares_add1,
    explain,
    greedy,
    phragmen,
    votes_per_cost,
)


def assert_equals_definition(small: Small, utility: Utility) -> None:
    outcome = equal_shares(small.election, utility=utility)

    share = Fraction(small.budget, small.election.voters)
    rank = TieOrder(small.election, TieRule()).rank
    expected = naive.equal_shares(small.costs, small.ballots, share, rank, utility.value)
    ledger = outcome.ledger
    assert ledger is not None
    prices = [ledger.exact_price(step) for step in range(len(ledger.funded))]
    assert list(zip(ledger.funded, prices, strict=True)) == expected
    for step, price in zip(outcome.steps, prices, strict=True):
        assert step.price is not None
        assert step.price.low <= price <= step.price.high


@settings(max_examples=120, deadline=None)
@given(small_elections())
def test_equal_shares_for_cost_follows_its_definition(small: Small):
    assert_equals_definition(small, Utility.COST)


@settings(max_examples=80, deadline=None)
@given(small_elections())
def test_equal_shares_for_cardinality_follows_its_definition(small: Small):
    assert_equals_definition(small, Utility.CARDINALITY)


@settings(max_examples=100, deadline=None)
@given(small_elections(Kind.CUMULATIVE, least_points=0))
def test_equal_shares_for_points_follows_its_definition(small: Small):
    assert_equals_definition(small, Utility.POINTS)


def test_a_project_that_costs_exactly_the_budget_and_has_everybody_is_funded():
    # 142 equal shares of 200,000 are not whole; floats lose the last fraction and fund nothing.
    election = Election.build([Project("field", 200_000)], [["field"]] * 142, budget=200_000)

    outcome = equal_shares(election)

    assert outcome.funded == ("field",)
    assert outcome.left == 0


def test_two_projects_one_vote_apart_are_not_a_tie():
    ballots = [["a"]] * 150_001 + [["b"]] * 150_000
    election = Election.build([Project("a", 100), Project("b", 99)], ballots, budget=201)

    outcome = equal_shares(election)

    assert outcome.funded[0] == "a"
    assert outcome.ties == ()


def test_add1_raises_shares_until_the_next_raise_would_overspend():
    # Shares of 2: nobody can afford anything. Of 3: a's two voters buy it. Of 4: b too, together above 9.
    projects = [Project("a", 6), Project("b", 8)]
    election = Election.build(projects, [["a"], ["a"], ["b"], ["b"]], budget=9)

    outcome = equal_shares_add1(election, completion=False)

    assert outcome.funded == ("a",)
    assert outcome.parameters["share"] == 3
    assert outcome.parameters["raises"] == 1


def test_points_utility_refuses_ballots_without_points():
    election = Election.build([Project("a", 1)], [["a"]], budget=1)

    with pytest.raises(ValueError, match="needs ballots with points"):
        equal_shares(election, utility=Utility.POINTS)


def test_where_nobody_votes_nothing_is_funded_whatever_the_rule():
    one = Election.build([Project("a", 10), Project("b", 20)], [[], []], budget=2_000_000, kind=Kind.APPROVAL)

    for count in (greedy, votes_per_cost, equal_shares, equal_shares_add1, phragmen):
        assert count(one, threshold=1).funded == ()
        assert explain(one, count(one, threshold=1)).funded == ()
