"""The tables of the vote are what their models declare: what the list of protections counts by its number."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

pytestmark = pytest.mark.django_db


def _asked(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _columns_of(table: str) -> dict[str, bool]:
    return dict(
        _asked(
            "SELECT attname, attnotnull FROM pg_attribute"
            f" WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped"
        )
    )


def _constraints_of(table: str) -> dict[str, set[tuple[str, str]]]:
    """Return keys, references and checks of a table as (column, what it refers to or says)."""
    found: dict[str, set[tuple[str, str]]] = {"p": set(), "f": set(), "c": set()}
    for kind, column, target, definition in _asked(
        "SELECT con.contype::text, att.attname,"
        "       CASE con.contype WHEN 'f' THEN con.confrelid::regclass::text ELSE '' END,"
        "       pg_get_constraintdef(con.oid)"
        "  FROM pg_constraint con"
        "  JOIN pg_attribute att ON att.attrelid = con.conrelid AND att.attnum = ANY (con.conkey)"
        f" WHERE con.conrelid = '{table}'::regclass AND con.contype IN ('p', 'f', 'c') AND con.convalidated"
    ):
        found[kind].add((column, definition.replace('"', "") if kind == "c" else target))
    return found


def test_the_tables_are_what_the_models_declare():
    missing = []
    n_seen = 0
    labels = ("audit", "identity", "voting")
    for model in (model for label in labels for model in apps.get_app_config(label).get_models(True)):
        table = model._meta.db_table
        is_never_empty, constraints = _columns_of(table), _constraints_of(table)
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.CompositePrimaryKey):
                continue
            column = field.column
            assert column is not None
            wanted = {"never empty": field.null or is_never_empty[column]}
            if field.primary_key:
                wanted["key"] = (column, "") in constraints["p"]
            if isinstance(field, models.ForeignKey) and getattr(field, "db_constraint", True):
                target = field.remote_field.model._meta.db_table
                wanted["reference"] = (column, target) in constraints["f"]
            if field.db_check(connection):
                wanted["not negative"] = (column, f"CHECK (({column} >= 0))") in constraints["c"]
            missing += [(table, column, what) for what, is_there in wanted.items() if not is_there]
            n_seen += len(wanted)

    assert missing == []
    assert n_seen > 300
