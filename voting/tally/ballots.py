"""Ballots: the checks one must pass when it is cast, and the compact form all are counted in.

A ballot paper offers projects by id. While votes are cast, `check` looks at one ballot at a time and answers
with typed problems. For the count all ballots are packed into `Ballots`: row pointers and project numbers,
and the same turned round (who supports a project), so that counting is a pass over flat arrays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from . import kernels

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.uint16]

# Project numbers are 16-bit; a ballot paper with more lines than that is not a ballot paper.
MOST_PROJECTS = 65_535


class Kind(StrEnum):
    """The entries of a voter on the ballot."""

    APPROVAL = "approval"
    CHOOSE_1 = "choose-1"
    KNAPSACK = "knapsack"
    CUMULATIVE = "cumulative"
    ORDINAL = "ordinal"
    SCORING = "scoring"

    @property
    def has_points(self) -> bool:
        """Return whether the voter writes a number next to each project."""
        return self in (Kind.CUMULATIVE, Kind.SCORING)


@dataclass(frozen=True, slots=True)
class CategoryLimit:
    """Bounds on the part of a ballot that falls into one category. Costs in minor units; None is no bound."""

    min_length: int = 0
    max_length: int | None = None
    min_sum_cost: int = 0
    max_sum_cost: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds a round sets for every ballot. Costs in minor units; None is no bound.

    `borda_top` is what a first place is worth on an ordinal ballot (3 gives 3-2-1); None takes the length of
    the ballot itself. `default_score` is what a scoring ballot gives to a project it does not name.
    """

    min_length: int = 1
    max_length: int | None = None
    min_sum_cost: int = 0
    max_sum_cost: int | None = None
    min_points: int | None = None
    max_points: int | None = None
    min_sum_points: int | None = None
    max_sum_points: int | None = None
    default_score: int = 0
    borda_top: int | None = None
    per_category: Mapping[str, CategoryLimit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Project:
    """A line of the ballot paper. `cost` is in minor units and greater than zero.

    Of the projects sharing an `exclusion_group` at most one can be funded. A `withdrawn` project stays on the
    paper (people may have chosen it) and is never funded.
    """

    id: str
    cost: int
    name: str = ""
    categories: tuple[str, ...] = ()
    district: str = ""
    exclusion_group: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem that prevents a ballot: a code and numbers for the reader's language, and plain English.

    `params` holds the values in the sentence: ids and category names as text, counts, points and money as
    whole numbers (money in minor units).
    """

    code: str
    params: Mapping[str, int | str]
    sentence: str


_SENTENCES = {
    "unknown_project": "The project {project} is not on this ballot paper.",
    "duplicate_project": "The project {project} is chosen {times} times; once is enough.",
    "withdrawn_project": "The project {project} has been withdrawn.",
    "too_few": "The ballot names {count} projects; the fewest allowed is {least}.",
    "too_many": "The ballot names {count} projects; the most allowed is {most}.",
    "over_budget": "The projects chosen cost {cost}; the most allowed is {most}.",
    "under_cost": "The projects chosen cost {cost}; the least allowed is {least}.",
    "points_missing": "The ballot names {count} projects and gives points to {points}.",
    "points_unexpected": "This ballot takes no points.",
    "points_too_low": "The project {project} is given {points} points; the fewest allowed is {least}.",
    "points_too_high": "The project {project} is given {points} points; the most allowed is {most}.",
    "points_sum_too_low": "The ballot gives {points} points in all; the fewest allowed is {least}.",
    "points_sum_too_high": "The ballot gives {points} points in all; the most allowed is {most}.",
    "category_too_few": "The ballot names {count} projects in {category}; the fewest allowed is {least}.",
    "category_too_many": "The ballot names {count} projects in {category}; the most allowed is {most}.",
    "category_over_budget": "The projects chosen in {category} cost {cost}; the most allowed is {most}.",
    "category_under_cost": "The projects chosen in {category} cost {cost}; the least allowed is {least}.",
}

PROBLEM_CODES = frozenset(_SENTENCES)


def _problem(code: str, **params: int | str) -> Problem:
    return Problem(code, params, _SENTENCES[code].format(**params))


def check(
    chosen: Sequence[str],
    *,
    projects: Mapping[str, Project],
    kind: Kind,
    limits: Limits,
    budget: int,
    points: Sequence[int] | None = None,
) -> tuple[Problem, ...]:
    """Return every problem of one ballot; empty if it can be cast.

    `chosen` holds project ids, first choice first on an ordinal ballot; `points` is parallel to it on
    cumulative and scoring ballots and None on the others. `budget` (minor units) bounds a knapsack ballot.
    Problems come in the order a voter meets them: projects, number, cost, points, categories.
    """
    problems = [_problem("unknown_project", project=id) for id in dict.fromkeys(chosen) if id not in projects]
    times = Counter(chosen)
    problems += [_problem("duplicate_project", project=id, times=k) for id, k in times.items() if k > 1]
    known = [projects[id] for id in times if id in projects]
    problems += [_problem("withdrawn_project", project=p.id) for p in known if p.withdrawn]

    least, most = limits.min_length, limits.max_length
    if kind is Kind.CHOOSE_1:
        least = most = 1
    if len(times) < least:
        problems.append(_problem("too_few", count=len(times), least=least))
    if most is not None and len(times) > most:
        problems.append(_problem("too_many", count=len(times), most=most))

    cost = sum(p.cost for p in known)
    ceiling = limits.max_sum_cost
    if kind is Kind.KNAPSACK:
        ceiling = budget if ceiling is None else min(ceiling, budget)
    if ceiling is not None and cost > ceiling:
        problems.append(_problem("over_budget", cost=cost, most=ceiling))
    if cost < limits.min_sum_cost:
        problems.append(_problem("under_cost", cost=cost, least=limits.min_sum_cost))

    problems += _check_points(chosen, kind, limits, points)
    for category, bound in limits.per_category.items():
        problems += _check_category(category, bound, [p.cost for p in known if category in p.categories])
    return tuple(problems)


def _check_points(
    chosen: Sequence[str], kind: Kind, limits: Limits, points: Sequence[int] | None
) -> list[Problem]:
    if not kind.has_points:
        return [_problem("points_unexpected")] if points else []
    given = points or ()
    if len(given) != len(chosen):
        return [_problem("points_missing", count=len(chosen), points=len(given))]
    # Cumulative points are a stock that is handed out: taking points away would create more of them.
    least = 0 if kind is Kind.CUMULATIVE and limits.min_points is None else limits.min_points
    problems = []
    for id, value in zip(chosen, given, strict=True):
        if least is not None and value < least:
            problems.append(_problem("points_too_low", project=id, points=value, least=least))
        if limits.max_points is not None and value > limits.max_points:
            problems.append(_problem("points_too_high", project=id, points=value, most=limits.max_points))
    total = sum(given)
    if limits.min_sum_points is not None and total < limits.min_sum_points:
        problems.append(_problem("points_sum_too_low", points=total, least=limits.min_sum_points))
    if limits.max_sum_points is not None and total > limits.max_sum_points:
        problems.append(_problem("points_sum_too_high", points=total, most=limits.max_sum_points))
    return problems


def _check_category(category: str, bound: CategoryLimit, costs: list[int]) -> list[Problem]:
    problems = []
    count, cost = len(costs), sum(costs)
    if count < bound.min_length:
        problems.append(_problem("category_too_few", category=category, count=count, least=bound.min_length))
    if bound.max_length is not None and count > bound.max_length:
        problems.append(_problem("category_too_many", category=category, count=count, most=bound.max_length))
    if bound.max_sum_cost is not None and cost > bound.max_sum_cost:
        problems.append(
            _problem("category_over_budget", category=category, cost=cost, most=bound.max_sum_cost)
        )
    if cost < bound.min_sum_cost:
        problems.append(
            _problem("category_under_cost", category=category, cost=cost, least=bound.min_sum_cost)
        )
    return problems


@dataclass(frozen=True, slots=True)
class Trait:
    """Something known of each voter (district, age band): `labels[codes[i]]` is that of ballot i."""

    labels: tuple[str, ...]
    codes: npt.NDArray[np.int32]

    @classmethod
    def of(cls, values: Iterable[str]) -> Trait:
        """Pack one label per ballot, in ballot order."""
        numbers: dict[str, int] = {}
        codes = [numbers.setdefault(value, len(numbers)) for value in values]
        return cls(tuple(numbers), np.array(codes, dtype=np.int32))


@dataclass(frozen=True, eq=False)
class Ballots:
    """All ballots in compressed sparse form; nothing here changes after it is made.

    Ballot i names the project numbers `chosen[starts[i]:starts[i + 1]]`, each at most once, and gives them
    `points` at the same places (None where every entry counts one). `traits` describe voters, ballot by
    ballot. `voter_ids` are what the published file calls them; None if nobody asked.
    """

    n_projects: int
    starts: Ints
    chosen: Numbers
    points: npt.NDArray[np.int32] | None = None
    traits: Mapping[str, Trait] = field(default_factory=lambda: MappingProxyType({}))
    voter_ids: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def voters(self) -> int:
        """Number of ballots that name at least one project: the n of every rule."""
        return int(np.count_nonzero(self.starts[1:] > self.starts[:-1]))

    @cached_property
    def votes(self) -> Ints:
        """Number of ballots naming each project, by project number. One pass over the entries."""
        return kernels.count_entries(self.chosen, self.n_projects)

    @cached_property
    def points_given(self) -> Ints:
        """Sum of points by project number; the votes if there are no points."""
        if self.points is None:
            return self.votes
        # bincount adds in float64, which is exact for whole numbers below 2**53. Beyond that add in int64.
        largest = int(np.abs(self.points.astype(np.int64)).max(initial=0))
        if largest * len(self.points) < 1 << 53:
            return np.bincount(self.chosen, weights=self.points, minlength=self.n_projects).astype(np.int64)
        sums = np.zeros(self.n_projects, dtype=np.int64)
        np.add.at(sums, self.chosen, self.points)
        return sums

    @cached_property
    def by_project(self) -> tuple[Ints, npt.NDArray[np.int32], npt.NDArray[np.int32] | None]:
        """The same turned round: pointers, ballot numbers, points. Supporters come in ballot order."""
        return kernels.turn_round(self.starts, self.chosen, self.points, self.votes)

    def supporters(self, project: int) -> npt.NDArray[np.int32]:
        """Numbers of the ballots naming this project number, ascending."""
        pointers, ballots, _ = self.by_project
        return ballots[pointers[project] : pointers[project + 1]]

    def rows(self) -> Iterable[tuple[list[int], list[int] | None]]:
        """Yield each ballot as plain lists of project numbers and points. Slow; for files and tests."""
        starts = self.starts.tolist()
        chosen = self.chosen.tolist()
        points = None if self.points is None else self.points.tolist()
        for start, end in pairwise(starts):
            yield chosen[start:end], None if points is None else points[start:end]


def pack(
    rows: Iterable[Sequence[str] | Mapping[str, int]],
    *,
    numbers: Mapping[str, int],
    kind: Kind,
    limits: Limits,
    traits: Mapping[str, Iterable[str]] | None = None,
    voter_ids: Sequence[str] | None = None,
) -> Ballots:
    """Pack ballots given as plain Python into compressed sparse form.

    A ballot is a sequence of project ids (first choice first), or on cumulative and scoring ballots a mapping
    from id to points. Raises ValueError naming the ballot (counted from 1) that names a project twice or one
    that `numbers` does not know; round limits are `check`'s business, at cast time.
    """
    starts = [0]
    chosen: list[int] = []
    points: list[int] = []
    for place, row in enumerate(rows, start=1):
        if isinstance(row, Mapping) != kind.has_points:
            raise ValueError(f"Ballot {place}: {kind} ballots are given as {_row_form(kind)}.")
        if len(set(row)) != len(row):
            raise ValueError(f"Ballot {place} names a project twice.")
        try:
            chosen += [numbers[id] for id in row]
        except KeyError as unknown:
            raise ValueError(f"Ballot {place} names the unknown project {unknown.args[0]!r}.") from None
        if isinstance(row, Mapping):
            points += row.values()
        starts.append(len(chosen))
    packed = {name: Trait.of(values) for name, values in (traits or {}).items()}
    for name, trait in packed.items():
        if len(trait.codes) != len(starts) - 1:
            raise ValueError(f"{name}: {len(trait.codes)} values for {len(starts) - 1} ballots.")
    pointers = np.array(starts, dtype=np.int64)
    given = borda(pointers, limits.borda_top) if kind is Kind.ORDINAL else np.array(points, dtype=np.int32)
    return Ballots(
        n_projects=len(numbers),
        starts=pointers,
        chosen=np.array(chosen, dtype=np.uint16),
        points=given if kind.has_points or kind is Kind.ORDINAL else None,
        traits=MappingProxyType(packed),
        voter_ids=voter_ids,
    )


def borda(starts: Ints, top: int | None) -> npt.NDArray[np.int32]:
    """Return what each place on ranked ballots is worth: `top` for the first, then one less, at least 0.

    `starts` are the ballots' row pointers. A `top` of None takes the length of each ballot.
    """
    lengths = np.diff(starts)
    place = np.arange(int(starts[-1]), dtype=np.int64) - np.repeat(starts[:-1], lengths)
    first = np.repeat(lengths, lengths) if top is None else top
    return np.maximum(first - place, 0).astype(np.int32)


def _row_form(kind: Kind) -> str:
    return "a mapping from project id to points" if kind.has_points else "a sequence of project ids"
