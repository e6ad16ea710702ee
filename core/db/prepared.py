"""Prepared reads: SQL made once, for the few queries that every ballot needs.

Turning a queryset into SQL costs several times what sending it costs. A prepared read keeps the SQL that
Django made for the first call and binds other values to it. Django turns the rows into instances as usual;
nothing here knows about tables.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)

# Placeholders for the values of a call while the SQL is made: of each type, some that no row has.
_INTEGERS = [-2_000_000_011 - n for n in range(4)]
_STRINGS = [f"\x01prepared-{n}\x01" for n in range(4)]
_BYTES = [b"\x00prepared-%d" % n for n in range(4)]


class Prepared(Generic[M]):
    """A queryset as a function of values: integers, strings or bytes.

    `build` gets a placeholder for each value and may use it only as the right side of a lookup that passes it
    on unchanged (`exact`). It must not read the clock: its SQL is kept. Orders and slices are those of the
    queryset. One query per call.
    """

    def __init__(self, build: Callable[..., QuerySet[M]], *kinds: type) -> None:
        stand_ins = {int: iter(_INTEGERS), str: iter(_STRINGS), bytes: iter(_BYTES)}
        self._build = build
        self._stand_ins: list[Any] = [next(stand_ins[kind]) for kind in kinds]
        # A compiler belongs to a connection, and a connection to a thread.
        self._local = threading.local()

    def __call__(self, *values: int | str | bytes) -> list[M]:
        """Return the instances for these values."""
        kept: _Kept | None = getattr(self._local, "kept", None)
        if kept is None or kept.compiler.connection is not connections[kept.db]:
            kept = self._local.kept = _kept(self._build(*self._stand_ins), self._stand_ins)
        kept.values = values
        return list(ModelIterable(kept))  # type: ignore[arg-type]  # as much of a queryset as it reads

    def first(self, *values: int | str | bytes) -> M | None:
        """Return the first instance for these values; None without any."""
        return next(iter(self(*values)), None)


@dataclass
class _Kept:
    """As much of a queryset as Django's reader of rows asks for, with a compiler that has compiled."""

    db: str
    model: type[Model]
    compiler: SQLCompiler
    values: tuple[int | str | bytes, ...] = ()

    @property
    def query(self) -> "_Kept":
        return self

    def get_compiler(self, using: str) -> SQLCompiler:
        return self.compiler

    @property
    def _known_related_objects(self) -> dict[Any, Any]:
        return {}


def _kept(queryset: QuerySet[Any], stand_ins: list[Any]) -> _Kept:
    compiler = queryset.query.get_compiler(using=queryset.db)
    kept = _Kept(queryset.db, queryset.model, compiler)
    sql, params = compiler.as_sql()
    # Bytes come wrapped for the driver.
    plain = [getattr(value, "adapted", value) for value in params]
    places = [stand_ins.index(value) if value in stand_ins else None for value in plain]
    missing = set(range(len(stand_ins))) - set(places)
    assert not missing, f"values {sorted(missing)} do not reach the SQL as they are"
    converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])

    def bound() -> tuple[str, tuple[Any, ...]]:
        pairs = zip(places, plain, strict=True)
        return sql, tuple(value if place is None else kept.values[place] for place, value in pairs)

    assert not compiler.has_composite_fields([column[0] for column in compiler.select])
    assert not compiler.has_extra_select, "rows must hold what is read alone, not what they are sorted by"

    def executed(*args: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
        with compiler.connection.cursor() as cursor:
            cursor.execute(*bound())
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def converted(rows: list[tuple[Any, ...]]) -> Iterable[Sequence[Any]]:
        # These few rows are all there: no need to fetch them in parts as Django would.
        return compiler.apply_converters(rows, converters) if converters else rows

    compiler.execute_sql = executed
    compiler.results_iter = converted
    return kept
