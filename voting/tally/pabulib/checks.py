"""Checks of fields: the first violation is raised with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from ..ballots import CategoryLimit, Limits
from .rows import Row


def header_of(row: Row, section: str, first: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in row.fields)
    if names[0] != first:
        raise row.error(0, "first_column", section=section, column=first)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise row.error(place, "second_column", section=section, column=name)
    return names


def votes_header(row: Row, meta: Mapping[str, Row]) -> tuple[str, ...]:
    names = header_of(row, "VOTES", "voter_id")
    if "vote" not in names:
        raise row.error(0, "no_column", section="VOTES", column="vote")
    if meta["vote_type"].fields[1] in ("cumulative", "scoring") and "points" not in names:
        raise row.error(0, "no_points_column", kind=meta["vote_type"].fields[1])
    return names


def first_of(row: Row, at: Mapping[str, int], names: Iterable[str]) -> str:
    return next((row.fields[at[name]].strip() for name in names if name in at and row.fields[at[name]]), "")


def read_amount(row: Row, place: int, name: str) -> Decimal:
    text = row.fields[place].strip()
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    # Exponents, infinities, underscores and decimal commas are not amounts of money.
    if not re.fullmatch(r"-?\d+(\.\d+)?", text) or not amount.is_finite() or len(text) > 24:
        raise row.error(place, "not_an_amount", name=name, text=text)
    return amount


def decimals_in(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def read_money(row: Row, place: int, decimals: int, name: str) -> int:
    """Return an amount in minor units; a bound finer than the file's money is rounded down."""
    return int(read_amount(row, place, name).scaleb(decimals))


def read_whole(row: Row, place: int) -> int:
    text = row.fields[place].strip()
    if not re.fullmatch(r"-?\d{1,18}(\.0+)?", text):
        raise row.error(place, "not_whole", text=text)
    return int(text.split(".")[0])


def read_points(row: Row, place: int, n_entries: int) -> list[int]:
    texts = row.fields[place].split(",") if row.fields[place] else []
    if len(texts) != n_entries:
        raise row.error(place, "n_points", points=len(texts), projects=n_entries)
    points = []
    within = 0
    for text in texts:
        if not re.fullmatch(r"-?\d{1,9}(\.0+)?", text):
            raise row.error(place, "not_points", within, text=text)
        points.append(int(text.split(".")[0]))
        within += len(text) + 1
    return points


def read_limits(meta: Mapping[str, Row], decimals: int) -> Limits:
    def whole(name: str) -> int | None:
        return read_whole(meta[name], 1) if name in meta and meta[name].fields[1] else None

    def money(name: str) -> int | None:
        return read_money(meta[name], 1, decimals, name) if name in meta and meta[name].fields[1] else None

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


def _read_category_limits(meta: Mapping[str, Row], decimals: int) -> dict[str, CategoryLimit]:
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
            raise row.error(1, "n_values", values=len(texts), categories=len(categories))
        for category, text in zip(categories, texts, strict=True):
            one = Row(row.line, ["", text], row.columns)
            bounds[category][name] = (
                read_money(one, 1, decimals, name) if name.endswith("cost") else read_whole(one, 1)
            )
    return {category: CategoryLimit(**values) for category, values in bounds.items()}
