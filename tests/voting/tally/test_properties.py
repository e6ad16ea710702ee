from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voting.tally.strategies import Small, build, small_elections
from voting.tally import (
    Election,
    Kind,
    Outcome,
    equal_shares,
    equal_shares_add1,
    greedy,
    max_welfare,
    phragmen,
    votes_per_cost,
)

RULES: list[Callable[[Election], Outcome]] = [
    greedy,
    votes_per_cost,
    equal_shares,
    equal_shares_add1,
    phragmen,
    max_welfare,
]


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=30, deadline=None)
@given(small=small_elections())
def test_no_rule_spends_more_than_the_budget(rule: Callable[[Election], Outcome], small: Small):
    outcome = rule(small.election)

    assert outcome.cost == sum(small.costs[int(id[1:])] for id in outcome.funded)
    assert outcome.cost <= small.budget
    assert len(outcome.funded) + len(outcome.not_funded) == len(small.costs)
    money = small.budget
    for step in outcome.steps:
        assert step.money_before == money
        money -= step.cost
        assert step.money_after == money


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=20, deadline=None)
@given(small=small_elections(), data=st.data())
def test_the_order_of_ballots_is_irrelevant(
    rule: Callable[[Election], Outcome], small: Small, data: st.DataObject
):
    shuffled = data.draw(st.permutations(small.ballots))
    other = build(small.costs, shuffled, small.budget, Kind.APPROVAL)

    one, two = rule(small.election), rule(other)

    assert one.funded == two.funded
    assert one.steps == two.steps
    assert one.not_funded == two.not_funded
    assert one.ties == two.ties


@settings(max_examples=80, deadline=None)
@given(small_elections())
def test_what_supporters_paid_is_a_price_system(small: Small):
    """Nobody pays more than the share or for projects they did not choose; each cost is met exactly.

    At the end no supporters together could have bought another project.
    """
    outcome = equal_shares(small.election)
    ledger = outcome.ledger
    assert ledger is not None

    money = [
        Fraction(small.budget, small.election.voters) if ballot else Fraction(0) for ballot in small.ballots
    ]
    for step, project in enumerate(ledger.funded):
        price = ledger.exact_price(step)
        payments = {i: min(money[i], price) for i, ballot in enumerate(small.ballots) if project in ballot}
        assert sum(payments.values()) == small.costs[project]
        for i, payment in payments.items():
            money[i] -= payment
    assert min(money) >= 0
    for p, cost in enumerate(small.costs):
        if p not in ledger.funded:
            assert sum(money[i] for i, ballot in enumerate(small.ballots) if p in ballot) < cost


def test_undecided_comparisons_between_true_equals_are_decided_exactly():
    # After "a" is bought at a third each, b and c have equal money and equal votes.
    ballots = [{0: 1, 1: 1}, {0: 1, 2: 1}, {0: 1}, {1: 1}, {2: 1}]
    election = build([1, 1, 1], ballots, 4, Kind.APPROVAL)

    outcome = equal_shares(election)

    assert outcome.funded[0] == "p0"
    assert [tie.projects for tie in outcome.ties] == [outcome.funded[1:]]
    assert outcome.ties[0].decided_by == "draw"


def test_a_large_election_counts_the_same_in_any_order_of_ballots():
    draw = np.random.default_rng(7)
    costs = draw.integers(10_000, 900_000, 40).tolist()
    ballots = [
        dict.fromkeys(draw.choice(40, draw.integers(1, 8), replace=False).tolist(), 1) for _ in range(3000)
    ]
    backwards = ballots[::-1]

    one = equal_shares(build(costs, ballots, 5_000_001, Kind.APPROVAL))
    two = equal_shares(build(costs, backwards, 5_000_001, Kind.APPROVAL))

    assert len(one.funded) > 5
    assert one.steps == two.steps


@settings(max_examples=50, deadline=None)
@given(small_elections())
def test_add1_is_the_last_raise_before_the_first_that_overspends(small: Small):
    from tests.voting.tally import naive
    from voting.tally import TieOrder, TieRule

    outcome = equal_shares_add1(small.election)

    rank = TieOrder(small.election, TieRule()).rank
    share, last = Fraction(small.budget // small.election.voters), None
    chosen = sum(votes > 0 for votes in small.election.votes)
    while True:
        run = [p for p, _ in naive.equal_shares(small.costs, small.ballots, share, rank)]
        if sum(small.costs[p] for p in run) > small.budget:
            break
        last, share = run, share + 1
        if len(run) == chosen:
            break
    assert list(outcome.funded) == [f"p{p}" for p in last or []]
    assert outcome.parameters["share"] == share - 1
