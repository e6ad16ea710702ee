"""Small elections of every shape, with costs from few values so that ties and exact fits are common."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from voting.tally import Election, Kind, Project


@dataclass(frozen=True)
class Small:
    """An election in two forms: as plain lists by project number, and packed."""

    costs: list[int]
    ballots: list[dict[int, int]]
    budget: int
    election: Election


def build(costs: list[int], ballots: list[dict[int, int]], budget: int, kind: Kind) -> Election:
    projects = [Project(f"p{number}", cost) for number, cost in enumerate(costs)]
    rows = [{f"p{p}": points for p, points in ballot.items()} for ballot in ballots]
    return Election.build(
        projects, rows if kind.has_points else [list(row) for row in rows], budget=budget, kind=kind
    )


@st.composite
def small_elections(
    draw: st.DrawFn,
    kind: Kind = Kind.APPROVAL,
    least_points: int = 1,
    top_cost: int = 1000,
    most_ballots: int = 12,
) -> Small:
    n_projects = draw(st.integers(1, 7))
    top = draw(st.sampled_from([3, 20, top_cost]))
    costs = draw(st.lists(st.integers(1, top), min_size=n_projects, max_size=n_projects))
    numbers = st.integers(0, n_projects - 1)
    ballot = st.dictionaries(numbers, st.integers(least_points, 4), max_size=n_projects)
    ballots = draw(st.lists(ballot, min_size=1, max_size=most_ballots).filter(any))
    budget = draw(st.integers(1, sum(costs) + 2))
    return Small(costs, ballots, budget, build(costs, ballots, budget, kind))
