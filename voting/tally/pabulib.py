"""Read and write elections in the `.pb` format of Pabulib (pabulib.org/format).

A file is read whole or not at all: the first thing wrong is raised with its line, its column and what was
expected. Ballots, which make up nearly all of a file, are read by array operations on the raw bytes; any
stretch that is not in the plain form (a quote, an unknown project, a missing field) goes through the slow,
exact reader, which either understands it or says what is wrong with it.

Money is read into minor units with as many decimals as the file uses: 0 for whole amounts, 2 for 1459730.46.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from .ballots import MOST_PROJECTS, Ballots, CategoryLimit, Kind, Limits, Project, Trait
from .election import Election

Ints = npt.NDArray[np.int64]

# A cost that Polish cities enter for a project withdrawn after the vote.
WITHDRAWN_COST = 999_999_999
# Bytes of ballots read at a time: small enough to stay in the processor's cache.
_PIECE = 1 << 21

MANDATORY_META = (
    "description",
    "country",
    "unit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
)
_META_ORDER = (
    "description",
    "country",
    "unit",
    "district",
    "subunit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
    "min_length",
    "max_length",
    "min_sum_cost",
    "max_sum_cost",
    "min_points",
    "max_points",
    "min_sum_points",
    "max_sum_points",
    "default_score",
    "min_project_cost",
    "max_project_cost",
    "min_project_score_threshold",
    "neighborhoods",
    "subdistricts",
    "categories",
    "edition",
    "language",
    "currency",
    "fully_funded",
    "experimental",
    "comment",
    "acknowledgments",
    "leftover_budget",
    "budget_per_category",
    "budget_per_neighborhood",
    "min_length_per_category",
    "max_length_per_category",
    "min_sum_cost_per_category",
    "max_sum_cost_per_category",
)
_KINDS = {
    "approval": Kind.APPROVAL,
    "choose-1": Kind.CHOOSE_1,
    "cumulative": Kind.CUMULATIVE,
    "ordinal": Kind.ORDINAL,
    "scoring": Kind.SCORING,
}


class PbError(ValueError):
    """What is wrong with a file, and where: line and column, both counted from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.line = line
        self.column = column
        self.message = message


@dataclass(frozen=True, slots=True)
class Repeat:
    """A ballot that names a project more than once; it counts once. `line` is that of the file."""

    line: int
    project: str


@dataclass(frozen=True, eq=False)
class PbFile:
    """A file as read: the election, and what the file says besides.

    `projects` holds the columns of the PROJECTS section by name, in file order. `repeats` lists ballots
    naming a project twice, which the published `votes` count twice and the election counts once.
    """

    election: Election
    meta: Mapping[str, str]
    projects: Mapping[str, tuple[str, ...]]
    vote_columns: tuple[str, ...]
    repeats: tuple[Repeat, ...]
    body: bytes = field(repr=False)

    @cached_property
    def selected(self) -> dict[str, int] | None:
        """The official result by project id (1 funded; 2 and 3 with money added later); None if not said."""
        return self._numbers("selected")

    @cached_property
    def published_votes(self) -> dict[str, int] | None:
        return self._numbers("votes")

    @cached_property
    def published_scores(self) -> dict[str, int] | None:
        return self._numbers("score")

    def recounted_votes(self) -> dict[str, int]:
        """Count votes as the file's publisher does: each mention, also a repeated one, is a vote."""
        votes = dict(zip(self.election.ids, self.election.votes, strict=True))
        for repeat in self.repeats:
            votes[repeat.project] += 1
        return votes

    def column(self, name: str) -> list[str]:
        """Return a column of the VOTES section as text, ballot by ballot. Reads the section again."""
        place = self.vote_columns.index(name)
        if b'"' not in self.body:
            return [line.split(b";")[place].decode() for line in self.body.splitlines()]
        return [row.fields[place] for row in _rows(self.body.decode(), 1)]

    def with_traits(self, *names: str) -> Election:
        """Return the election with voter columns (such as "sex" or "district") kept as traits."""
        packed = {name: Trait.of(self.column(name)) for name in names}
        source = self.election.ballots
        ballots = Ballots(
            source.n_projects, source.starts, source.chosen, source.points, MappingProxyType(packed)
        )
        one = self.election
        return Election(
            one.projects, ballots, one.budget, one.kind, one.limits, one.minor_per_unit, one.source_sha256
        )

    def _numbers(self, column: str) -> dict[str, int] | None:
        if column not in self.projects:
            return None
        values = (int(text) if text else 0 for text in self.projects[column])
        return dict(zip(self.election.ids, values, strict=True))


@dataclass(frozen=True, slots=True)
class _Row:
    """Fields of one row, its first line, and the column where each field begins."""

    line: int
    fields: list[str]
    columns: list[int]

    def error(self, place: int, message: str, within: int = 0) -> PbError:
        column = self.columns[place] if place < len(self.columns) else 1
        return PbError(self.line, column + within, message)


def _rows(text: str, line: int) -> Iterator[_Row]:
    """Split text into rows of `;`-separated fields; a field in double quotes may hold `;`, `""` and newlines.

    Raises PbError for a quote that is not closed, or that has something after it.
    """
    for raw in _joined_lines(text, line):
        line, content = raw
        if '"' not in content:
            fields = content.split(";")
            columns = []
            at = 1
            for each in fields:
                columns.append(at)
                at += len(each) + 1
            yield _Row(line, fields, columns)
        else:
            yield _quoted_row(line, content)


def _joined_lines(text: str, line: int) -> Iterator[tuple[int, str]]:
    """Yield (line number, content), joining lines while a quoted field is open."""
    pending: list[str] = []
    first = line
    for number, content in enumerate(re.split(r"\r\n|\n", text), start=line):
        if not pending and content.count('"') % 2 == 0:
            yield number, content
            continue
        if not pending:
            first = number
        pending.append(content)
        joined = "\n".join(pending)
        if joined.count('"') % 2 == 0:
            yield first, joined
            pending = []
    if pending:
        column = pending[0].rindex('"') + 1
        raise PbError(first, column, "a quoted field is not closed before the end of the file")


def _quoted_row(line: int, content: str) -> _Row:
    fields: list[str] = []
    columns: list[int] = []
    at = 0
    while True:
        columns.append(at + 1)
        if content.startswith('"', at):
            end = at + 1
            while True:
                end = content.index('"', end)
                if not content.startswith('""', end):
                    break
                end += 2
            fields.append(content[at + 1 : end].replace('""', '"'))
            at = end + 1
            if at < len(content) and content[at] != ";":
                raise PbError(line, at + 1, "a quoted field ends here, but the field goes on")
        else:
            end = content.find(";", at)
            end = len(content) if end < 0 else end
            if '"' in content[at:end]:
                column = content.index('"', at) + 1
                raise PbError(line, column, "a field with a quote in it must be quoted as a whole")
            fields.append(content[at:end])
            at = end
        if at >= len(content):
            return _Row(line, fields, columns)
        at += 1


def read(source: Path | str | bytes) -> PbFile:
    """Read an election from a path or from the bytes of a file.

    Raises PbError at the first thing that is wrong; OSError if the file cannot be opened. Limits that ballots
    break are not errors: what was accepted by the city is counted. About 30 ms for 90,000 ballots.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    head, body, body_line = _split(data)
    meta, project_rows, header = _read_head(head)
    vote_columns = _read_votes_header(header, meta)
    kind = _KINDS[meta["vote_type"].fields[1]]
    projects, columns, decimals = _read_projects(project_rows, meta)
    limits = _read_limits(meta, decimals)
    ballots, repeats = _read_ballots(body, body_line, vote_columns, [p.id for p in projects], kind)
    n_votes = _whole(meta["num_votes"], 1)
    if n_votes != len(ballots):
        raise meta["num_votes"].error(1, f"num_votes says {n_votes}, but the file has {len(ballots)} ballots")
    budget = _money(meta["budget"], 1, decimals, "budget")
    if budget <= 0:
        raise meta["budget"].error(1, "the budget must be above 0")
    election = Election(
        projects=tuple(projects),
        ballots=ballots,
        budget=budget,
        kind=kind,
        limits=limits,
        minor_per_unit=10**decimals,
        source_sha256=hashlib.sha256(data).hexdigest(),
    )
    return PbFile(
        election=election,
        meta=MappingProxyType({key: row.fields[1] for key, row in meta.items()}),
        projects=MappingProxyType(columns),
        vote_columns=vote_columns,
        repeats=repeats,
        body=body,
    )


def _split(data: bytes) -> tuple[str, bytes, int]:
    """Cut a file before its ballots: text with the VOTES header row, ballots, first line of ballots."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    at = 0
    while True:
        found = re.compile(rb"(?:^|\n)VOTES[ \t]*\r?(?:\n|$)").search(data, at)
        if not found:
            head = data
            end = len(data)
            break
        if data.count(b'"', 0, found.start()) % 2 == 0:
            newline = data.find(b"\n", found.end())
            end = len(data) if newline < 0 else newline + 1
            head = data[:end]
            break
        at = found.end() - 1
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise PbError(line, column, "this is not UTF-8 text") from None
    return text, data[end:], head.count(b"\n") + 1


def _read_head(text: str) -> tuple[dict[str, _Row], list[_Row], _Row]:
    """Read META and PROJECTS; return META rows by key, PROJECTS rows with header, and the VOTES header."""
    rows = list(_rows(text, 1))
    while rows and rows[-1].fields == [""]:
        rows.pop()
    last = rows[-1].line if rows else 1
    marks: dict[str, int] = {}
    for index, row in enumerate(rows):
        if len(row.fields) == 1 and row.fields[0].strip() in ("META", "PROJECTS", "VOTES"):
            name = row.fields[0].strip()
            if name in marks:
                raise row.error(0, f"a second {name} section")
            marks[name] = index
    for name in ("META", "PROJECTS", "VOTES"):
        if name not in marks:
            raise PbError(last, 1, f"the file has no {name} section")
    if not marks["META"] < marks["PROJECTS"] < marks["VOTES"] or marks["META"] != 0:
        raise PbError(1, 1, "sections must come in the order META, PROJECTS, VOTES, from the first line")
    meta: dict[str, _Row] = {}
    for row in rows[marks["META"] + 1 : marks["PROJECTS"]]:
        if row.fields == ["key", "value"] and not meta and row.line == rows[1].line:
            continue
        if row.line == rows[1].line:
            raise row.error(0, "META must begin with the header key;value")
        if len(row.fields) < 2:
            raise row.error(0, "a META row needs a key and a value, separated by a semicolon")
        # Sentences with an unquoted semicolon occur in real files; only the first value is the value.
        key = row.fields[0].strip()
        if key in meta:
            raise row.error(0, f"META gives {key} a second time")
        row.fields[1] = row.fields[1].strip()
        meta[key] = row
    for key in MANDATORY_META:
        if key not in meta or not meta[key].fields[1]:
            raise PbError(rows[marks["PROJECTS"]].line, 1, f"META does not say {key}")
    vote_type = meta["vote_type"]
    if vote_type.fields[1] not in _KINDS:
        raise vote_type.error(1, f"vote_type must be one of {', '.join(_KINDS)}")
    projects = rows[marks["PROJECTS"] + 1 : marks["VOTES"]]
    if not projects:
        raise rows[marks["PROJECTS"]].error(0, "PROJECTS has no header row")
    if marks["VOTES"] + 1 >= len(rows):
        raise rows[marks["VOTES"]].error(0, "VOTES has no header row")
    return meta, projects, rows[marks["VOTES"] + 1]


def _header(row: _Row, section: str, first: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in row.fields)
    if names[0] != first:
        raise row.error(0, f"{section} must begin with the column {first}")
    for place, name in enumerate(names):
        if name in names[:place]:
            raise row.error(place, f"{section} has a second column {name}")
    return names


def _read_votes_header(row: _Row, meta: Mapping[str, _Row]) -> tuple[str, ...]:
    names = _header(row, "VOTES", "voter_id")
    if "vote" not in names:
        raise row.error(0, "VOTES has no column vote")
    if meta["vote_type"].fields[1] in ("cumulative", "scoring") and "points" not in names:
        raise row.error(0, f"VOTES has no column points, which {meta['vote_type'].fields[1]} ballots need")
    return names


def _read_projects(
    rows: Sequence[_Row], meta: Mapping[str, _Row]
) -> tuple[list[Project], dict[str, tuple[str, ...]], int]:
    """Return projects, all columns by name, and the number of decimals money has in this file."""
    names = _header(rows[0], "PROJECTS", "project_id")
    if "cost" not in names:
        raise rows[0].error(0, "PROJECTS has no column cost")
    at = {name: place for place, name in enumerate(names)}
    lines: dict[str, int] = {}
    for row in rows[1:]:
        if len(row.fields) != len(names):
            raise row.error(0, f"this row has {len(row.fields)} fields; the header has {len(names)}")
        id = row.fields[0]
        if not id or id != id.strip() or "," in id or "\n" in id:
            raise row.error(0, "a project_id must not be empty, nor have a comma or space around it")
        if id in lines:
            raise row.error(0, f"the project {id} is already on line {lines[id]}")
        lines[id] = row.line
        for name in ("votes", "score", "selected"):
            if name in at and row.fields[at[name]].strip():
                _whole(row, at[name])
    n_projects = _whole(meta["num_projects"], 1)
    if n_projects != len(rows) - 1:
        message = f"num_projects says {n_projects}, but the file has {len(rows) - 1} projects"
        raise meta["num_projects"].error(1, message)
    if not 0 < len(rows) - 1 <= MOST_PROJECTS:
        raise rows[0].error(0, f"a file has between 1 and {MOST_PROJECTS} projects")
    amounts = [_amount(row, at["cost"], "cost") for row in rows[1:]]
    amounts.append(_amount(meta["budget"], 1, "budget"))
    decimals = max(_decimals(amount) for amount in amounts)
    # 10.5 and 10.50 are the same money: a currency with one decimal does not exist.
    decimals = 2 if decimals == 1 else decimals
    projects = []
    for row, amount in zip(rows[1:], amounts, strict=False):
        if amount <= 0:
            raise row.error(at["cost"], "a cost must be above 0")
        category = row.fields[at["category"]] if "category" in at else ""
        projects.append(
            Project(
                id=row.fields[0],
                cost=int(amount.scaleb(decimals)),
                name=row.fields[at["name"]].strip() if "name" in at else "",
                categories=tuple(each.strip() for each in category.split(",") if each.strip()),
                district=_first_of(row, at, ("district", "neighborhood", "subunit")),
                withdrawn=amount == WITHDRAWN_COST,
            )
        )
    columns = {name: tuple(row.fields[place].strip() for row in rows[1:]) for name, place in at.items()}
    return projects, columns, decimals


def _first_of(row: _Row, at: Mapping[str, int], names: Iterable[str]) -> str:
    return next((row.fields[at[name]].strip() for name in names if name in at and row.fields[at[name]]), "")


def _amount(row: _Row, place: int, name: str) -> Decimal:
    text = row.fields[place].strip()
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    # Exponents, infinities, underscores and decimal commas are not amounts of money.
    if not re.fullmatch(r"-?\d+(\.\d+)?", text) or not amount.is_finite() or len(text) > 24:
        raise row.error(place, f"{name} must be a number such as 1500 or 1500.50, not {text!r}")
    return amount


def _decimals(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _money(row: _Row, place: int, decimals: int, name: str) -> int:
    """Return an amount in minor units; a bound finer than the file's money is rounded down."""
    return int(_amount(row, place, name).scaleb(decimals))


def _whole(row: _Row, place: int) -> int:
    text = row.fields[place].strip()
    if not re.fullmatch(r"-?\d{1,18}(\.0+)?", text):
        raise row.error(place, f"a whole number is expected here, not {text!r}")
    return int(text.split(".")[0])


def _read_limits(meta: Mapping[str, _Row], decimals: int) -> Limits:
    def whole(name: str) -> int | None:
        return _whole(meta[name], 1) if name in meta and meta[name].fields[1] else None

    def money(name: str) -> int | None:
        return _money(meta[name], 1, decimals, name) if name in meta and meta[name].fields[1] else None

    min_length, default_score = whole("min_length"), whole("default_score")
    return Limits(
        min_length=1 if min_length is None else min_length,
        max_length=whole("max_length"),
        min_sum_cost=money("min_sum_cost") or 0,
        max_sum_cost=money("max_sum_cost"),
        min_points=whole("min_points"),
        max_points=whole("max_points"),
        min_sum_points=whole("min_sum_points"),
        max_sum_points=whole("max_sum_points"),
        default_score=default_score or 0,
        per_category=_read_category_limits(meta, decimals),
    )


def _read_category_limits(meta: Mapping[str, _Row], decimals: int) -> dict[str, CategoryLimit]:
    names = ("min_length", "max_length", "min_sum_cost", "max_sum_cost")
    given = [name for name in names if f"{name}_per_category" in meta]
    if "categories" not in meta or not given:
        return {}
    categories = meta["categories"].fields[1].split(",")
    bounds: dict[str, dict[str, int]] = {category: {} for category in categories}
    for name in given:
        row = meta[f"{name}_per_category"]
        texts = row.fields[1].split(",")
        if len(texts) == 1:
            texts *= len(categories)
        if len(texts) != len(categories):
            raise row.error(1, f"{len(texts)} values for {len(categories)} categories")
        for category, text in zip(categories, texts, strict=True):
            one = _Row(row.line, ["", text], row.columns)
            bounds[category][name] = (
                _money(one, 1, decimals, name) if name.endswith("cost") else _whole(one, 1)
            )
    return {category: CategoryLimit(**values) for category, values in bounds.items()}


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
    unknown = [key for key in meta if key not in _META_ORDER]
    if unknown:
        raise ValueError(f"The format knows no META key {unknown[0]!r}.")
    known.update({key: value for key, value in meta.items() if value})
    missing = [key for key in MANDATORY_META if key not in known]
    if missing:
        raise ValueError(f"META must say {missing[0]}.")
    lines = ["META", "key;value"]
    lines += [f"{key};{_field(known[key])}" for key in _META_ORDER if key in known]

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


# -- ballots ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of ballots: entries per ballot, project numbers, points, and a hash of each voter id."""

    lengths: Ints
    chosen: npt.NDArray[np.uint16]
    points: npt.NDArray[np.int32] | None
    voters: npt.NDArray[np.uint64]
    repeats: list[Repeat]


class _Finder:
    """Finds project numbers by id, for arrays of ids at once.

    Ids are compared as 64-bit words: a multiplicative hash without collisions leads from the words of an id
    to its number, and comparing the words then proves it.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self.numbers = {id: number for number, id in enumerate(ids)}
        encoded = [id.encode() for id in ids]
        self.longest = max(map(len, encoded))
        self.n_words = -(-self.longest // 8)
        self.words = np.array(
            [np.frombuffer(id.ljust(8 * self.n_words, b"\0"), dtype="<u8") for id in encoded], dtype=np.uint64
        ).reshape(len(ids), self.n_words)
        draw = 0
        bits = max(4, (4 * len(ids)).bit_length())
        while True:
            # Any odd numbers do. NumPy's random numbers and `unique` load modules for longer than a city's
            # file takes to read.
            factors = []
            for _ in range(self.n_words):
                draw += 1
                factors.append(int.from_bytes(hashlib.sha256(b"%d" % draw).digest()[:8], "big") | 1)
            self.factors = np.array(factors, dtype=np.uint64)
            self.shift = np.uint64(64 - bits)
            places = self._place(list(self.words.T))
            if len(set(places.tolist())) == len(ids):
                break
            bits = min(bits + 1, 22)
        self.table = np.zeros(1 << bits, dtype=np.uint16)
        self.table[places] = np.arange(len(ids), dtype=np.uint16)

    def _place(self, words: Sequence[npt.NDArray[np.uint64]]) -> npt.NDArray[np.uint64]:
        mixed: npt.NDArray[np.uint64] = words[0] * self.factors[0]
        for word, factor in zip(words[1:], self.factors[1:], strict=True):
            mixed ^= word * factor
        mixed >>= self.shift
        return mixed

    def find(self, text: npt.NDArray[np.uint64], at: Ints, length: Ints) -> npt.NDArray[np.uint16] | None:
        """Return the project number of each id `length` bytes long at a byte; None if any is unknown."""
        if not len(at):
            return np.empty(0, dtype=np.uint16)
        if int(length.max()) > self.longest or int(length.min()) < 1:
            return None
        words = _words(text, at, length, self.n_words)
        numbers = self.table[self._place(words)]
        for place, word in enumerate(words):
            if not np.array_equal(self.words[:, place][numbers], word):
                return None
        return numbers


_MASKS = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)


def _words(
    text: npt.NDArray[np.uint64], at: Ints, length: Ints, n_words: int
) -> list[npt.NDArray[np.uint64]]:
    """Load each field as 64-bit words, zero behind its end. `text` has a word for every byte offset."""
    if n_words == 1:
        return [text[at] & _MASKS[length]]
    return [text[at + 8 * place] & _MASKS[np.clip(length - 8 * place, 0, 8)] for place in range(n_words)]


def _read_ballots(
    body: bytes, line: int, columns: tuple[str, ...], ids: Sequence[str], kind: Kind
) -> tuple[Ballots, tuple[Repeat, ...]]:
    finder = _Finder(ids)
    takes_points = kind.has_points or (kind is Kind.ORDINAL and "points" in columns)
    pieces: list[_Piece] = []
    at, end = 0, _end_of_text(body)
    while at < end:
        cut = end if end - at <= _PIECE else body.rfind(b"\n", at, at + _PIECE) + 1
        if cut <= at:
            cut = body.find(b"\n", at, end) + 1 or end
        piece = _read_plain(body[at:cut], line, columns, finder, takes_points)
        if piece is None:
            if b'"' in body[at:cut]:
                # A quoted field may go on over the cut.
                cut = end
            piece = _read_rows(body[at:cut], line, columns, finder, takes_points)
        pieces.append(piece)
        line += body.count(b"\n", at, cut)
        at = cut
    lengths = _joined([piece.lengths for piece in pieces], np.int64)
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    chosen = _joined([piece.chosen for piece in pieces], np.uint16)
    points: npt.NDArray[np.int32] | None = None
    if takes_points:
        points = _joined([piece.points for piece in pieces if piece.points is not None], np.int32)
    elif kind is Kind.ORDINAL:
        points = (np.repeat(starts[1:], lengths) - np.arange(len(chosen))).astype(np.int32)
    voters = np.sort(_joined([piece.voters for piece in pieces], np.uint64))
    if (voters[1:] == voters[:-1]).any():
        _refuse_same_voter(body, line - body.count(b"\n", 0, at))
    repeats = tuple(repeat for piece in pieces for repeat in piece.repeats)
    return Ballots(n_projects=len(ids), starts=starts, chosen=chosen, points=points), repeats


def _end_of_text(body: bytes) -> int:
    end = len(body)
    while end and body[end - 1] in b"\r\n":
        end -= 1
    return end


def _joined(arrays: list[npt.NDArray[np.generic]], dtype: type) -> npt.NDArray:  # type: ignore[type-arg]
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=dtype)


def _read_plain(
    piece: bytes, line: int, columns: tuple[str, ...], finder: _Finder, takes_points: bool
) -> _Piece | None:
    """Read ballots in the plain form by array operations; None if anything is not in that form."""
    if b'"' in piece:
        return None
    if b"\r" in piece:
        piece = piece.replace(b"\r\n", b"\n")
    if not piece.endswith(b"\n"):
        piece += b"\n"
    raw = np.frombuffer(piece + bytes(64), dtype=np.uint8)
    text = np.ndarray((len(raw) - 7,), dtype="<u8", buffer=raw, strides=(1,))
    marks = np.flatnonzero((raw == 44) | (raw == 59) | (raw == 10))
    field_ends = np.flatnonzero(raw[marks] != 44)
    n_columns = len(columns)
    if len(field_ends) % n_columns:
        return None
    fields = field_ends.reshape(-1, n_columns)
    ends = marks[fields]
    if not (raw[ends[:, -1]] == 10).all() or (n_columns > 1 and not (raw[ends[:, :-1]] == 59).all()):
        return None

    voter_starts = np.concatenate(([0], ends[:-1, -1] + 1))
    voter_lengths = ends[:, 0] - voter_starts
    if int(voter_lengths.min(initial=1)) < 1 or int(voter_lengths.max(initial=0)) > 56:
        return None
    voters = _hash(text, voter_starts, voter_lengths)

    lengths, at, length = _entries(marks, fields, columns.index("vote"))
    chosen = finder.find(text, at, length)
    if chosen is None:
        return None
    points = None
    if takes_points:
        point_lengths, at, length = _entries(marks, fields, columns.index("points"))
        if not np.array_equal(point_lengths, lengths):
            return None
        points = _small_numbers(raw, at, length)
        if points is None:
            return None
    if _has_repeats(lengths, chosen):
        return None
    return _Piece(lengths, chosen, points, voters, [])


def _entries(marks: Ints, fields: Ints, column: int) -> tuple[Ints, Ints, Ints]:
    """Cut one column at its commas: entries per row, then where each entry begins and how long it is."""
    last = fields[:, column]
    first = fields[:, column - 1] + 1 if column else np.concatenate(([0], fields[:-1, -1] + 1))
    counts = last - first + 1
    running = np.cumsum(counts)
    places = np.arange(running[-1] if len(running) else 0) + np.repeat(first - running + counts, counts)
    ends = marks[places]
    starts = marks[places - 1] + 1
    if not column and len(starts):
        starts[0] = 0
    return counts, starts, ends - starts


def _hash(text: npt.NDArray[np.uint64], at: Ints, length: Ints) -> npt.NDArray[np.uint64]:
    """Mix a field into 64 bits; fields of up to 8 bytes stay distinct."""
    n_words = -(-int(length.max(initial=1)) // 8)
    words = _words(text, at, length, n_words)
    mixed = words[0]
    for place, word in enumerate(words[1:], start=1):
        longer = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9) + word
        mixed = np.where(length > 8 * place, longer, mixed)
    return mixed


def _small_numbers(raw: npt.NDArray[np.uint8], at: Ints, length: Ints) -> npt.NDArray[np.int32] | None:
    """Read whole numbers of up to nine digits; None if any entry is something else."""
    longest = int(length.max(initial=1))
    if longest > 9 or int(length.min(initial=1)) < 1:
        return None
    values = np.zeros(len(at), dtype=np.int32)
    for place in range(longest):
        inside = length > place
        digit = raw[at + place].astype(np.int32) - 48
        if ((digit < 0) | (digit > 9))[inside].any():
            return None
        values = np.where(inside, values * 10 + digit, values)
    return values


def _has_repeats(lengths: Ints, chosen: npt.NDArray[np.uint16]) -> bool:
    """Whether any ballot names a project twice."""
    longest = int(lengths.max(initial=0))
    if longest < 2:
        return False
    ballots = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    if longest <= 24:
        for apart in range(1, longest):
            same = np.flatnonzero(chosen[apart:] == chosen[:-apart])
            if (ballots[same] == ballots[same + apart]).any():
                return True
        return False
    keys = np.sort(ballots.astype(np.int64) << 16 | chosen)
    return bool((keys[1:] == keys[:-1]).any())


def _read_rows(
    piece: bytes, line: int, columns: tuple[str, ...], finder: _Finder, takes_points: bool
) -> _Piece:
    """Read ballots row by row, and raise PbError at the first that cannot be understood."""
    try:
        text = piece.decode()
    except UnicodeDecodeError as error:
        before = piece[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise PbError(line + before.count(b"\n"), column, "this is not UTF-8 text") from None
    lengths: list[int] = []
    chosen: list[int] = []
    points: list[int] = []
    voters: list[int] = []
    repeats: list[Repeat] = []
    vote, point = columns.index("vote"), columns.index("points") if takes_points else -1
    for row in _rows(text.removesuffix("\n").removesuffix("\r"), line):
        if len(row.fields) != len(columns):
            what = "an empty line" if row.fields == [""] else f"this row has {len(row.fields)} fields"
            raise row.error(0, f"{what}; the header has {len(columns)}")
        if not row.fields[0] or row.fields[0] != row.fields[0].strip():
            raise row.error(0, "a voter_id must not be empty or have a space around it")
        named = row.fields[vote].split(",") if row.fields[vote] else []
        given = _row_points(row, point, len(named)) if takes_points else [1] * len(named)
        kept: dict[int, int] = {}
        within = 0
        for id, value in zip(named, given, strict=True):
            number = finder.numbers.get(id)
            if number is None:
                raise row.error(vote, _unknown(id, finder), within)
            if number in kept:
                repeats.append(Repeat(row.line, id))
            else:
                kept[number] = value
            within += len(id) + 1
        lengths.append(len(kept))
        chosen += kept
        points += kept.values()
        voters.append(_hash_one(row.fields[0].encode()))
    return _Piece(
        np.array(lengths, dtype=np.int64),
        np.array(chosen, dtype=np.uint16),
        np.array(points, dtype=np.int32) if takes_points else None,
        np.array(voters, dtype=np.uint64),
        repeats,
    )


def _unknown(id: str, finder: _Finder) -> str:
    if not id:
        return "a project id is missing here"
    if id.strip() in finder.numbers:
        return f"there is a space beside the project id {id.strip()}"
    return f"the project {id!r} is not in the PROJECTS section"


def _row_points(row: _Row, place: int, n_entries: int) -> list[int]:
    texts = row.fields[place].split(",") if row.fields[place] else []
    if len(texts) != n_entries:
        raise row.error(place, f"{len(texts)} points for {n_entries} projects")
    points = []
    within = 0
    for text in texts:
        if not re.fullmatch(r"-?\d{1,9}(\.0+)?", text):
            raise row.error(place, f"points must be whole numbers below 1,000,000,000, not {text!r}", within)
        points.append(int(text.split(".")[0]))
        within += len(text) + 1
    return points


def _hash_one(id: bytes) -> int:
    """Hash as `_hash` does, so that an id read slowly meets the same id read fast."""
    mixed = int.from_bytes(id[:8], "little")
    for place in range(8, len(id), 8):
        mixed = (mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9 + int.from_bytes(id[place : place + 8], "little")
        mixed &= 0xFFFFFFFFFFFFFFFF
    return mixed


def _refuse_same_voter(body: bytes, line: int) -> None:
    """Raise PbError if a voter_id occurs twice; equal hashes alone prove nothing."""
    seen: dict[str, int] = {}
    for row in _rows(body.decode().rstrip("\r\n"), line):
        if row.fields[0] in seen:
            message = f"the voter {row.fields[0]} already voted on line {seen[row.fields[0]]}"
            raise row.error(0, message)
        seen[row.fields[0]] = row.line
