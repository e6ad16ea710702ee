from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from voting.tally import CategoryLimit, Election, Kind, Limits, Problem, Project, ballots, kernels

PAPER = {
    "a": Project("a", 60, categories=("green",)),
    "b": Project("b", 50, categories=("green", "play")),
    "c": Project("c", 10, categories=("play",)),
    "gone": Project("gone", 5, withdrawn=True),
}


def check(
    chosen: Sequence[str],
    kind: Kind = Kind.APPROVAL,
    limits: Limits | None = None,
    points: Sequence[int] | None = None,
) -> list[tuple[str, Mapping[str, int | str]]]:
    problems = ballots.check(
        chosen, projects=PAPER, kind=kind, limits=limits or Limits(), budget=100, points=points
    )
    return [(problem.code, problem.params) for problem in problems]


@pytest.mark.parametrize(
    ("chosen", "kind", "limits", "points", "expected"),
    [
        (["a", "x"], Kind.APPROVAL, Limits(), None, ("unknown_project", {"project": "x"})),
        (["a", "a"], Kind.APPROVAL, Limits(), None, ("duplicate_project", {"project": "a", "times": 2})),
        (["gone"], Kind.APPROVAL, Limits(), None, ("withdrawn_project", {"project": "gone"})),
        ([], Kind.APPROVAL, Limits(), None, ("too_few", {"count": 0, "least": 1})),
        (["a", "b"], Kind.APPROVAL, Limits(max_length=1), None, ("too_many", {"count": 2, "most": 1})),
        (["a", "b"], Kind.CHOOSE_1, Limits(), None, ("too_many", {"count": 2, "most": 1})),
        (["a", "b"], Kind.KNAPSACK, Limits(), None, ("over_budget", {"cost": 110, "most": 100})),
        (["a"], Kind.APPROVAL, Limits(max_sum_cost=59), None, ("over_budget", {"cost": 60, "most": 59})),
        (["c"], Kind.APPROVAL, Limits(min_sum_cost=11), None, ("under_cost", {"cost": 10, "least": 11})),
        (["a", "b"], Kind.CUMULATIVE, Limits(), [1], ("points_missing", {"count": 2, "points": 1})),
        (["a"], Kind.APPROVAL, Limits(), [1], ("points_unexpected", {})),
        (
            ["a"],
            Kind.CUMULATIVE,
            Limits(),
            [-1],
            ("points_too_low", {"project": "a", "points": -1, "least": 0}),
        ),
        (
            ["a"],
            Kind.SCORING,
            Limits(max_points=3),
            [4],
            ("points_too_high", {"project": "a", "points": 4, "most": 3}),
        ),
        (
            ["a"],
            Kind.CUMULATIVE,
            Limits(min_sum_points=2),
            [1],
            ("points_sum_too_low", {"points": 1, "least": 2}),
        ),
        (
            ["a"],
            Kind.CUMULATIVE,
            Limits(max_sum_points=2),
            [3],
            ("points_sum_too_high", {"points": 3, "most": 2}),
        ),
        (
            ["a", "b"],
            Kind.APPROVAL,
            Limits(per_category={"green": CategoryLimit(max_length=1)}),
            None,
            ("category_too_many", {"category": "green", "count": 2, "most": 1}),
        ),
        (
            ["a"],
            Kind.APPROVAL,
            Limits(per_category={"play": CategoryLimit(min_length=1)}),
            None,
            ("category_too_few", {"category": "play", "count": 0, "least": 1}),
        ),
        (
            ["b", "c"],
            Kind.APPROVAL,
            Limits(per_category={"play": CategoryLimit(max_sum_cost=59)}),
            None,
            ("category_over_budget", {"category": "play", "cost": 60, "most": 59}),
        ),
        (
            ["c"],
            Kind.APPROVAL,
            Limits(per_category={"play": CategoryLimit(min_sum_cost=11)}),
            None,
            ("category_under_cost", {"category": "play", "cost": 10, "least": 11}),
        ),
    ],
)
def test_each_limit_is_named_when_broken(
    chosen: list[str],
    kind: Kind,
    limits: Limits,
    points: list[int] | None,
    expected: tuple[str, dict[str, int | str]],
):
    assert check(chosen, kind, limits, points) == [expected]
    assert expected[0] in ballots.PROBLEM_CODES


@pytest.mark.parametrize(
    ("chosen", "kind", "limits", "points"),
    [
        (["a", "b"], Kind.APPROVAL, Limits(max_length=2, max_sum_cost=110, min_sum_cost=110), None),
        (["a", "c"], Kind.KNAPSACK, Limits(), None),
        (["c"], Kind.CHOOSE_1, Limits(), None),
        (["b", "a"], Kind.ORDINAL, Limits(min_length=2), None),
        (["a", "b"], Kind.CUMULATIVE, Limits(max_points=3, min_sum_points=5, max_sum_points=5), [3, 2]),
        (["a"], Kind.SCORING, Limits(min_points=-2), [-2]),
        (["b", "c"], Kind.APPROVAL, Limits(per_category={"play": CategoryLimit(2, 2, 60, 60)}), None),
    ],
)
def test_a_ballot_within_all_limits_has_no_problem(
    chosen: list[str], kind: Kind, limits: Limits, points: list[int] | None
):
    assert check(chosen, kind, limits, points) == []


def test_a_problem_says_itself_in_english():
    (problem,) = ballots.check(["a", "b"], projects=PAPER, kind=Kind.KNAPSACK, limits=Limits(), budget=100)

    assert problem == Problem(
        "over_budget", {"cost": 110, "most": 100}, "The projects chosen cost 110; the most allowed is 100."
    )


def test_points_and_places_become_scores():
    projects = list(PAPER.values())
    borda = Election.build(projects, [["a", "b", "c"], ["c"]], budget=9, kind=Kind.ORDINAL)
    fixed = Election.build(
        projects, [["a", "b"], ["c"]], budget=9, kind=Kind.ORDINAL, limits=Limits(borda_top=3)
    )
    scoring = Election.build(
        projects, [{"a": 5}, {"b": -1}], budget=9, kind=Kind.SCORING, limits=Limits(default_score=2)
    )

    assert borda.scores == (3, 2, 2, 0)
    assert fixed.scores == (3, 2, 3, 0)
    assert scoring.scores == (7, 1, 4, 4)


def test_an_empty_ballot_is_no_voter():
    election = Election.build(list(PAPER.values()), [["a"], [], ["b", "a"]], budget=9)

    assert election.voters == 2
    assert election.votes == (2, 1, 0, 0)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["a", "a"]], "Ballot 1 names a project twice"),
        ([["a"], ["x"]], "Ballot 2 names the unknown project 'x'"),
        ([{"a": 1}], "approval ballots are given as a sequence"),
    ],
)
def test_ballots_that_cannot_be_packed_are_refused(rows: list[object], says: str):
    with pytest.raises(ValueError, match=says):
        Election.build(list(PAPER.values()), rows, budget=9)  # type: ignore[arg-type]


def test_the_digest_depends_on_what_is_counted():
    one = Election.build(list(PAPER.values()), [["a"], ["b"]], budget=9)
    same = Election.build(list(PAPER.values()), [["a"], ["b"]], budget=9)
    other = Election.build(list(PAPER.values()), [["a"], ["c"]], budget=9)

    assert one.digest == same.digest
    assert one.digest != other.digest


def test_ballots_turned_round_in_parts_are_those_turned_round_at_once(monkeypatch: pytest.MonkeyPatch):
    draw = np.random.default_rng(5)
    starts = np.concatenate(([0], np.cumsum(draw.integers(0, 6, 9_000))))
    chosen = draw.integers(0, 15, int(starts[-1])).astype(np.uint16)
    votes = np.bincount(chosen, minlength=16)
    pointers, at_once, _ = kernels.turn_round(starts, chosen, None, votes)

    monkeypatch.setattr(kernels, "_CHUNK", 4096)
    pointers_too, in_parts, _ = kernels.turn_round(starts, chosen, None, votes)

    assert len(chosen) > 2 * 4096
    assert pointers.tolist() == pointers_too.tolist() == [0, *np.cumsum(votes).tolist()]
    assert at_once.tolist() == in_parts.tolist()
    assert kernels.count_entries(chosen, 16).tolist() == votes.tolist()
