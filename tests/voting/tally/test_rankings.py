from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voting.tally.strategies import Small, build, small_elections
from voting.tally import (
    Decision,
    Election,
    First,
    Kind,
    Project,
    Reason,
    TieRule,
    greedy,
    votes_per_cost,
)


def election(*lines: tuple[str, int, int], budget: int, groups: dict[str, str] | None = None) -> Election:
    """Build an election from projects as (id, cost, votes), each vote a separate ballot."""
    projects = [Project(id, cost, exclusion_group=(groups or {}).get(id, "")) for id, cost, _ in lines]
    return Election.build(projects, [[id] for id, _, votes in lines for _ in range(votes)], budget=budget)


def test_greedy_skips_what_does_not_fit_and_goes_on():
    outcome = greedy(election(("a", 60, 5), ("b", 50, 4), ("c", 40, 3), budget=100))

    assert outcome.funded == ("a", "c")
    assert (outcome.cost, outcome.left) == (100, 0)
    (missed,) = outcome.not_funded
    assert (missed.project, missed.reason) == ("b", Reason.NO_MONEY_LEFT)
    assert missed.params == {"needed": 50, "left": 40, "budget": 100}


def test_greedy_can_end_at_the_first_misfit():
    lines = election(("a", 60, 5), ("b", 50, 4), ("c", 40, 3), budget=100)

    outcome = greedy(lines, stop_at_first_misfit=True)

    assert outcome.funded == ("a",)
    assert [each.reason for each in outcome.not_funded] == [Reason.NO_MONEY_LEFT, Reason.AFTER_FIRST_MISFIT]
    assert outcome.not_funded[1].params["misfit"] == "b"


def test_a_withdrawn_project_does_not_end_the_count():
    projects = [Project("gone", 999, withdrawn=True), Project("a", 60)]
    lines = Election.build(projects, [["gone"], ["gone", "a"]], budget=100)

    outcome = greedy(lines, stop_at_first_misfit=True)

    assert outcome.funded == ("a",)


def test_the_last_project_is_topped_up_from_four_fifths_of_its_cost():
    enough = greedy(election(("a", 60, 5), ("b", 50, 4), budget=100), topup_ratio=Fraction(4, 5))
    too_little = greedy(election(("a", 61, 5), ("b", 50, 4), budget=100), topup_ratio=Fraction(4, 5))

    assert enough.funded == ("a", "b")
    assert enough.steps[1].decision is Decision.TOPPED_UP
    assert (enough.cost, enough.topup, enough.left) == (110, 10, 0)
    assert too_little.funded == ("a",)


def test_the_threshold_is_reached_by_having_as_many_votes():
    lines = election(("a", 10, 5), ("b", 10, 4), budget=100)

    outcome = greedy(lines, threshold=5)

    assert outcome.funded == ("a",)
    assert outcome.not_funded[0].params == {"score": 4, "threshold": 5}


def test_of_an_exclusion_group_only_the_first_is_funded():
    lines = election(("a", 10, 5), ("b", 10, 4), ("c", 10, 3), budget=100, groups={"a": "park", "b": "park"})

    outcome = greedy(lines)

    assert outcome.funded == ("a", "c")
    assert outcome.not_funded[0].params == {"rival": "a"}


def test_equals_go_by_cost_then_by_lot_and_the_record_says_so():
    # SHA-256 of "s" + id: "sy" is 2f..., "sx" is b0...; of equal cost y goes first.
    lines = election(("x", 30, 2), ("y", 30, 2), ("z", 20, 2), budget=50)

    cheaper = greedy(lines, tie=TieRule(First.CHEAPER, "s"))
    dearer = greedy(lines, tie=TieRule(First.DEARER, "s"))

    first, second = sorted("xy", key=lambda id: cheaper.lots[id])
    assert cheaper.tie_order == ("z", first, second)
    assert cheaper.funded == ("z", first)
    assert dearer.tie_order == (first, second, "z")
    assert dearer.funded == (first, "z")
    (tie,) = cheaper.ties
    assert tie.projects == ("z", first, second)
    assert tie.decided_by == "cost"


def test_the_order_among_equals_is_recorded_even_when_not_used():
    outcome = greedy(election(("a", 10, 5), ("b", 20, 4), budget=100))

    assert outcome.ties == ()
    assert outcome.tie_order == ("a", "b")
    assert set(outcome.lots) == {"a", "b"}
    assert outcome.parameters["tie"] == "cheaper"


def test_votes_per_cost_prefers_the_cheap():
    lines = election(("dear", 90, 5), ("cheap", 20, 4), budget=100)

    assert greedy(lines).funded == ("dear",)
    assert votes_per_cost(lines).funded == ("cheap",)


def test_votes_per_cost_tells_ratios_apart_that_floats_cannot():
    # 3 / (3e15 + 1) and 1 / 1e15 are the same float; the second is greater.
    big = 10**14
    projects = [Project("a", 3 * big + 1), Project("b", big)]
    lines = Election.build(projects, [["a"], ["a"], ["a"], ["b"]], budget=3 * big + 1)

    assert votes_per_cost(lines).funded == ("b",)


@settings(max_examples=80, deadline=None)
@given(small_elections(), st.data())
def test_one_more_approval_never_unfunds_a_project_under_greedy(small: Small, data: st.DataObject):
    number = data.draw(st.integers(0, len(small.costs) - 1))
    more = build(small.costs, [*small.ballots, {number: 1}], small.budget, Kind.APPROVAL)

    before, after = greedy(small.election), greedy(more)

    assert f"p{number}" in after.funded or f"p{number}" not in before.funded


@settings(max_examples=80, deadline=None)
@given(small_elections(Kind.SCORING))
def test_greedy_walks_down_the_scores(small: Small):
    outcome = greedy(small.election)

    scores = [sum(ballot.get(p, 0) for ballot in small.ballots) for p in range(len(small.costs))]
    order = [outcome.tie_order.index(f"p{p}") for p in range(len(small.costs))]
    money, funded = small.budget, []
    for p in sorted(range(len(small.costs)), key=lambda p: (-scores[p], order[p])):
        if small.costs[p] <= money:
            money -= small.costs[p]
            funded.append(f"p{p}")
    assert list(outcome.funded) == funded
