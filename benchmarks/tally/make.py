"""Make an election of any size, the same each time: popularity as in a city, ballots of 1 to 15 projects."""

from __future__ import annotations

from pathlib import Path

import numpy as np

HEAD = """META
key;value
description;Made for measuring
country;Worldwide
unit;Nowhere
instance;1
num_projects;{n_projects}
num_votes;{n_voters}
budget;{budget}
vote_type;approval
rule;unknown
date_begin;2025
date_end;2025
PROJECTS
project_id;cost
"""


def write(path: Path, n_voters: int, n_projects: int, mean_length: float = 5.0) -> None:
    """Write a `.pb` file; costs from 5,000 to 500,000 and a budget for about a third of them."""
    draw = np.random.default_rng(n_voters * 1000 + n_projects)
    costs = np.exp(draw.uniform(np.log(5_000), np.log(500_000), n_projects)).astype(int) // 100 * 100
    popularity = draw.gamma(0.8, size=n_projects)
    popularity /= popularity.sum()
    with path.open("w") as file:
        file.write(HEAD.format(n_projects=n_projects, n_voters=n_voters, budget=int(costs.sum() // 3)))
        for number, cost in enumerate(costs.tolist(), start=1):
            file.write(f"{number};{cost}\n")
        file.write("VOTES\nvoter_id;vote\n")
        for start in range(0, n_voters, 50_000):
            count = min(50_000, n_voters - start)
            lengths = np.clip(draw.poisson(mean_length - 1, count) + 1, 1, min(15, n_projects))
            # The largest keys of an exponential race are a draw without replacement by popularity.
            keys = draw.exponential(size=(count, n_projects)) / popularity
            best = np.argpartition(keys, min(15, n_projects - 1), axis=1)[:, :15] + 1
            lines = [
                f"{start + i};{','.join(map(str, row[:length]))}\n"
                for i, (row, length) in enumerate(zip(best.tolist(), lengths.tolist(), strict=True), start=1)
            ]
            file.writelines(lines)
