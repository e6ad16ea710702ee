"""Writing an election as a file that `pabulib-checker` accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..ballots import Kind
from ..election import Election
from .terms import MANDATORY_META, META_ORDER


def write(
    election: Election,
    meta: Mapping[str, str],
    *,
    voter_ids: Sequence[str] | None = None,
    selected: Mapping[str, int] | None = None,
    project_columns: Mapping[str, Sequence[str]] | None = None,
    vote_columns: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """Return an election as the bytes of a `.pb` file that `pabulib-checker` accepts.

    `meta` must say description, country, unit, instance, rule, date_begin and date_end, and may say more;
    counts, budget, vote_type and limits come from the election. `voter_ids` default to those of the ballots,
    else to 1, 2, 3. `selected` is the official result by project id. Further columns (latitude, sex,
    voting_method) are given project by project and ballot by ballot. On cumulative and scoring ballots
    projects are written from the most points down. Raises ValueError for a missing or unknown META key, a
    field of the wrong length, or an id with a comma, semicolon, quote or space around it.
    """
    ballots = election.ballots
    known = _written_meta(election)
    unknown = [key for key in meta if key not in META_ORDER]
    if unknown:
        raise ValueError(f"The format knows no META key {unknown[0]!r}.")
    known.update({key: value for key, value in meta.items() if value})
    missing = [key for key in MANDATORY_META if key not in known]
    if missing:
        raise ValueError(f"META must say {missing[0]}.")
    lines = ["META", "key;value"]
    lines += [f"{key};{_field(known[key])}" for key in META_ORDER if key in known]

    columns = _written_projects(election, selected) | {
        name: list(values) for name, values in (project_columns or {}).items()
    }
    lines += ["PROJECTS", ";".join(columns)]
    for id in election.ids:
        _require_plain_id(id)
    lines += [";".join(map(_field, row)) for row in zip(*columns.values(), strict=True)]

    ids = voter_ids or ballots.voter_ids or [str(number) for number in range(1, len(ballots) + 1)]
    if len(set(ids)) != len(ballots):
        raise ValueError(f"{len(set(ids))} different voter ids for {len(ballots)} ballots.")
    extra = {name: list(values) for name, values in (vote_columns or {}).items()}
    with_points = ballots.points is not None and election.kind.has_points
    lines += ["VOTES", ";".join(["voter_id", "vote", *(["points"] if with_points else []), *extra])]
    others = zip(*extra.values(), strict=True) if extra else iter([()] * len(ballots))
    for id, (chosen, points), rest in zip(ids, ballots.rows(), others, strict=True):
        _require_plain_id(id)
        if with_points and points is not None:
            order = sorted(range(len(chosen)), key=lambda i, given=points: -given[i])  # type: ignore[misc]
            chosen, points = [chosen[i] for i in order], [points[i] for i in order]
        fields = [id, ",".join(election.ids[p] for p in chosen)]
        if with_points:
            fields.append(",".join(map(str, points or ())))
        lines.append(";".join([*fields, *map(_field, rest)]))
    return ("\n".join(lines) + "\n").encode()


def _field(text: str) -> str:
    text = " ".join(str(text).split())
    return '"' + text.replace('"', '""') + '"' if ";" in text or '"' in text else text


def _require_plain_id(id: str) -> None:
    if not id or id != id.strip() or any(mark in id for mark in ',;"\r\n'):
        raise ValueError(f"The id {id!r} cannot be written: it has a comma, semicolon, quote or outer space.")


def _written_meta(election: Election) -> dict[str, str]:
    limits = election.limits
    kind = Kind.APPROVAL if election.kind is Kind.KNAPSACK else election.kind
    ceiling = limits.max_sum_cost
    if election.kind is Kind.KNAPSACK:
        ceiling = election.budget if ceiling is None else min(ceiling, election.budget)
    points = election.kind.has_points
    values: dict[str, str | int | None] = {
        "num_projects": len(election.projects),
        "num_votes": len(election.ballots),
        "budget": _decimal(election.budget, election.minor_per_unit),
        "vote_type": kind.value,
        "min_length": limits.min_length,
        "max_length": 1 if kind is Kind.CHOOSE_1 else limits.max_length,
        "min_sum_cost": _decimal(limits.min_sum_cost, election.minor_per_unit)
        if limits.min_sum_cost
        else None,
        "max_sum_cost": None if ceiling is None else _decimal(ceiling, election.minor_per_unit),
        "min_points": limits.min_points if points else None,
        "max_points": limits.max_points if points else None,
        "min_sum_points": limits.min_sum_points if points else None,
        "max_sum_points": limits.max_sum_points if points else None,
        "default_score": (limits.default_score or None) if kind is Kind.SCORING else None,
    }
    if kind is Kind.CUMULATIVE and limits.max_sum_points is None:
        raise ValueError("The format needs max_sum_points for cumulative ballots.")
    return {key: str(value) for key, value in values.items() if value is not None}


def _written_projects(election: Election, selected: Mapping[str, int] | None) -> dict[str, list[str]]:
    projects = election.projects
    columns = {
        "project_id": list(election.ids),
        "cost": [_decimal(cost, election.minor_per_unit) for cost in election.costs],
        "votes": [str(votes) for votes in election.votes],
    }
    if election.ballots.points is not None:
        columns["score"] = [str(score) for score in election.scores]
    if any(project.name for project in projects):
        columns["name"] = [project.name or project.id for project in projects]
    if any(project.categories for project in projects):
        columns["category"] = [",".join(project.categories) for project in projects]
    if selected is not None:
        columns["selected"] = [str(selected.get(id, 0)) for id in election.ids]
    if any(project.district for project in projects):
        columns["district"] = [project.district for project in projects]
    return columns


def _decimal(amount: int, minor_per_unit: int) -> str:
    """Write minor units as a decimal number without trailing zeros."""
    whole, part = divmod(amount, minor_per_unit)
    if not part:
        return str(whole)
    return f"{whole}.{str(part).zfill(len(str(minor_per_unit)) - 1).rstrip('0')}"
