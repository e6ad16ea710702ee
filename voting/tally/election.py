"""An election as it is frozen when voting closes: the whole input of a count."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .ballots import MOST_PROJECTS, Ballots, Kind, Limits, Project, pack

Ints = npt.NDArray[np.int64]

# Sums of money are kept in 64-bit integers with a few bits to spare for fractions.
MOST_MONEY = 1 << 50


@dataclass(frozen=True, eq=False)
class Election:
    """Projects, ballots, budget and limits; a value that nothing changes.

    Money is in minor units; `minor_per_unit` says how many make one unit of the currency (100 for cents,
    1 for won), which is the step of Equal Shares with Add1. Make one with `Election.build` or `pabulib.read`.
    """

    projects: tuple[Project, ...]
    ballots: Ballots
    budget: int
    kind: Kind = Kind.APPROVAL
    limits: Limits = field(default_factory=Limits)
    minor_per_unit: int = 1
    source_sha256: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.projects) <= MOST_PROJECTS:
            raise ValueError(f"An election has between 1 and {MOST_PROJECTS} projects.")
        if len(self.numbers) != len(self.projects):
            raise ValueError("Two projects have the same id.")
        if not 0 < self.budget < MOST_MONEY:
            raise ValueError(f"The budget is {self.budget}; it must be above 0 and below {MOST_MONEY}.")
        for project in self.projects:
            if not 0 < project.cost < MOST_MONEY:
                raise ValueError(
                    f"Project {project.id} costs {project.cost}; it must be above 0 and below {MOST_MONEY}."
                )
        if self.ballots.n_projects != len(self.projects):
            raise ValueError("The ballots were packed for another list of projects.")

    @classmethod
    def build(
        cls,
        projects: Iterable[Project],
        ballots: Iterable[Sequence[str] | Mapping[str, int]],
        *,
        budget: int,
        kind: Kind = Kind.APPROVAL,
        limits: Limits | None = None,
        traits: Mapping[str, Iterable[str]] | None = None,
        voter_ids: Sequence[str] | None = None,
        minor_per_unit: int = 1,
    ) -> Election:
        """Make an election from plain Python values.

        `ballots` are sequences of project ids (first choice first), or mappings from id to points for
        cumulative and scoring ballots. `traits` maps a name such as "district" to one label per ballot.
        Raises ValueError for a ballot that names a project twice or not on the paper, for equal project ids,
        and for money out of range.
        """
        projects = tuple(projects)
        limits = limits or Limits()
        numbers = {project.id: number for number, project in enumerate(projects)}
        packed = pack(ballots, numbers=numbers, kind=kind, limits=limits, traits=traits, voter_ids=voter_ids)
        return cls(projects, packed, budget, kind, limits, minor_per_unit)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Project number by id: the place in `projects`, counted from 0."""
        return {project.id: number for number, project in enumerate(self.projects)}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return tuple(project.id for project in self.projects)

    @cached_property
    def costs(self) -> tuple[int, ...]:
        """Costs in minor units by project number."""
        return tuple(project.cost for project in self.projects)

    @property
    def voters(self) -> int:
        """Ballots that name at least one project."""
        return self.ballots.voters

    @cached_property
    def votes(self) -> tuple[int, ...]:
        """Ballots naming each project, by project number."""
        return tuple(self.ballots.votes.tolist())

    @cached_property
    def scores(self) -> tuple[int, ...]:
        """Scores that rank projects: votes, or the sum of points, or of Borda points on ordinal ballots."""
        if self.ballots.points is None:
            return self.votes
        sums = self.ballots.points_given
        if self.kind is Kind.SCORING and self.limits.default_score:
            sums = sums + self.limits.default_score * (self.voters - self.ballots.votes)
        return tuple(sums.tolist())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the input, in hexadecimal: of the file it was read from, else of a canonical form.

        The canonical form is one line of JSON (sorted keys) with everything but the ballots, then row
        pointers, project numbers and points as little-endian bytes.
        """
        if self.source_sha256:
            return self.source_sha256
        limits = asdict(self.limits) | {
            "per_category": {name: asdict(bound) for name, bound in self.limits.per_category.items()}
        }
        head = {
            "projects": [asdict(project) for project in self.projects],
            "budget": self.budget,
            "kind": self.kind.value,
            "limits": limits,
            "minor_per_unit": self.minor_per_unit,
        }
        line = json.dumps(head, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        state = hashlib.sha256(line.encode() + b"\n")
        state.update(self.ballots.starts.astype("<i8").tobytes())
        state.update(self.ballots.chosen.astype("<u2").tobytes())
        if self.ballots.points is not None:
            state.update(self.ballots.points.astype("<i4").tobytes())
        return state.hexdigest()
