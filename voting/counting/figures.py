"""Distribution of an outcome, and outcomes of other rules, as JSON values kept with the tally."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

import numpy as np

from voting import tally
from voting.tally import kernels

# The number of projects named that took a project's money.
_MOST_RIVALS = 3
# The label of voters whose own group is too small to show.
MERGED = "*"


def document(
    election: tally.Election, outcome: tally.Outcome, others: Iterable[tally.Outcome]
) -> dict[str, object]:
    """Return the document about an outcome, apart from the outcome itself.

    `others` are counts of the same by other rules.

    `funded` and `not_funded` give each project's statement by code, with named values (money in minor units,
    effective votes as text); `lost_to` names up to three projects that got the money instead, with the number
    of voters who chose both. `by_group` describes groups of voters by the traits of the election.
    """
    explained = tally.explain(election, outcome)
    ranked = outcome.ranking is not None
    return {
        "served": _served(election, outcome.funded),
        "funded": {
            why.project: {"code": why.reason.code, "params": _values(why.reason.params)}
            for why in explained.funded
        },
        "not_funded": {
            why.project: {
                "code": why.reason.code,
                "params": _values(why.reason.params),
                # Down a ranking the nearest ahead took the money last; else those with most voters in common.
                "lost_to": [
                    list(rival) for rival in (why.lost_to[::-1] if ranked else why.lost_to)[:_MOST_RIVALS]
                ],
                "change": {"code": why.change.code, "params": _values(why.change.params)},
            }
            for why in explained.not_funded
        },
        "by_area": _places(election, outcome, lambda project: project.district),
        "by_category": _places(election, outcome, lambda project: project.categories[0]),
        "by_group": {
            trait: [
                {
                    "key": None if row.label == MERGED else row.label,
                    "voters": row.voters,
                    "served": row.served,
                    "money": _nearest(row.money),
                }
                for row in rows
            ]
            for trait, rows in explained.by_group.items()
        },
        "beside": [_alternative(election, outcome, other) for other in others],
    }


def _values(params: Mapping[str, int | str | Decimal]) -> dict[str, int | str]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in params.items()}


def _nearest(money: Fraction) -> int:
    """Round to the nearest minor unit, halves up."""
    return int((2 * money.numerator + money.denominator) // (2 * money.denominator))


def _served(election: tally.Election, funded: Iterable[str]) -> int:
    """Count the voters who chose at least one of these projects."""
    marks = np.zeros(len(election.projects), dtype=np.int64)
    marks[[election.numbers[id] for id in funded]] = 1
    return int(np.count_nonzero(kernels.sum_marks(election.ballots.starts, election.ballots.chosen, marks)))


def _places(
    election: tally.Election, outcome: tally.Outcome, key: Callable[[tally.Project], str]
) -> list[dict[str, object]]:
    """Add up projects and money by a key of the projects, in the order of the paper.

    `chosen_by` voters chose at least one of the key's projects.
    """
    projects: dict[str, list[tally.Project]] = {}
    for project in election.projects:
        projects.setdefault(key(project), []).append(project)
    funded = set(outcome.funded)
    rows = []
    for label, mine in projects.items():
        won = [project for project in mine if project.id in funded]
        rows.append(
            {
                "key": label,
                "projects": len(mine),
                "funded": len(won),
                "cost_asked": sum(project.cost for project in mine),
                "cost_funded": sum(project.cost for project in won),
                "chosen_by": _served(election, [project.id for project in mine]),
            }
        )
    return rows


def _alternative(
    election: tally.Election, decisive: tally.Outcome, other: tally.Outcome
) -> dict[str, object]:
    """Compare an outcome with the deciding one. `better_off` voters have more funded projects with it."""
    compared = tally.compare(election, decisive, other)
    return {
        "rule": other.rule,
        "completion": bool(other.parameters.get("completion")),
        "funded": list(other.funded),
        "cost": other.cost,
        "served": compared.second.served,
        "only_here": list(compared.only_second),
        "only_decisive": list(compared.only_first),
        "better_off": compared.better_second,
        "worse_off": compared.better_first,
    }
