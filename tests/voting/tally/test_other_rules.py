from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings

from tests.voting.tally.strategies import Small, small_elections
from voting.tally import Election, Project, Reason, TieOrder, TieRule, max_welfare, phragmen, welfare


@settings(max_examples=100, deadline=None)
@given(small_elections())
def test_phragmen_follows_its_definition(small: Small):
    outcome = phragmen(small.election)

    rank = TieOrder(small.election, TieRule()).rank
    backers = [[i for i, ballot in enumerate(small.ballots) if p in ballot] for p in range(len(small.costs))]
    load = [Fraction(0)] * len(small.ballots)
    rest = {p for p, cost in enumerate(small.costs) if cost <= small.budget and backers[p]}
    money, funded = small.budget, []
    while rest:
        after = {
            p: (small.costs[p] + sum(load[i] for i in backers[p])) / Fraction(len(backers[p])) for p in rest
        }
        equals = [p for p in rest if after[p] == min(after.values())]
        if any(small.costs[p] > money for p in equals):
            break
        best = min(equals, key=rank.__getitem__)
        for i in backers[best]:
            load[i] = after[best]
        rest.discard(best)
        money -= small.costs[best]
        funded.append(f"p{best}")
    assert list(outcome.funded) == funded


@settings(max_examples=80, deadline=None)
@given(small_elections())
def test_no_affordable_set_has_a_greater_score_than_max_welfare(small: Small):
    outcome = max_welfare(small.election)

    best = max(
        sum(small.election.votes[p] for p in chosen)
        for size in range(len(small.costs) + 1)
        for chosen in combinations(range(len(small.costs)), size)
        if sum(small.costs[p] for p in chosen) <= small.budget
    )
    assert sum(outcome.votes[id] for id in outcome.funded) == best
    assert outcome.analysis_only


def test_max_welfare_takes_one_of_an_exclusion_group():
    projects = [
        Project("a", 10, exclusion_group="g"),
        Project("b", 10, exclusion_group="g"),
        Project("c", 10),
    ]
    election = Election.build(projects, [["a", "b"]] * 3 + [["c"]], budget=30)

    outcome = max_welfare(election)

    first = min("ab", key=lambda id: outcome.lots[id])
    assert outcome.funded == (first, "c")


@settings(max_examples=50, deadline=None)
@given(small_elections())
def test_a_solver_changes_no_answer(small: Small):
    with_solver = max_welfare(small.election)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(welfare, "_solver", lambda: None)
        without = max_welfare(small.election)

    assert with_solver.funded == without.funded


def test_phragmen_ends_when_a_project_of_least_load_does_not_fit():
    # Loads: a 10/2 = 5. Then b (11 + 5)/2 = 8 and c 9/1 = 9; b costs 11, and 4 is left.
    projects = [Project("a", 10), Project("b", 11), Project("c", 9)]
    election = Election.build(projects, [["a"], ["a", "b"], ["b"], ["c"]], budget=14)

    outcome = phragmen(election)

    assert outcome.funded == ("a",)
    reasons = [(each.project, each.reason) for each in outcome.not_funded]
    assert reasons == [("b", Reason.NO_MONEY_LEFT), ("c", Reason.COUNT_ENDED_BEFORE)]
