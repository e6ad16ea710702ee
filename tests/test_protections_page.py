"""The list of what protects the vote is whole, and names tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from tests import protections

pytestmark = pytest.mark.django_db

AGAIN = "run `python -m tests.protections` for what is new, and commit docs/protections.md"


def _listed() -> dict[tuple[str, str, str], str]:
    """Return what the page lists: of what, which, which kind, and the test."""
    text = protections.PAGE.read_text(encoding="utf-8")
    table = text.partition(protections.BEGIN)[2].partition(protections.END)[0]
    rows = re.findall(r"^\| (\S+) \| `([^`]+)` \((\w+)\) \| (.*) \|$", table, re.M)
    assert len(rows) == len(re.findall(r"^\| (?!of |---)", table, re.M)), "a row that cannot be read"
    return {(of, name, kind): test for of, name, kind, test in rows}


def _asked(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_every_constraint_index_and_trigger_is_listed_and_nothing_else():
    there = {(table, name, kind) for name, table, kind, *_ in _asked(protections.PROTECTIONS)}
    listed = {row for row in _listed() if row[2] in ("constraint", "index", "trigger")}

    assert (
        len([row for row in there if row[0].startswith(("polls_", "ballots_", "paper_", "counting_"))]) > 100
    )
    assert (sorted(there - listed), sorted(listed - there)) == ([], []), AGAIN


def test_every_sentence_of_refusal_and_every_condition_tried_is_listed():
    there = {
        (function, said, "refusal")
        for function, definition in _asked(protections.FUNCTIONS)
        for said in protections.refusals(definition)
    }
    there |= {(row[0], name, "condition") for name, row in protections.CONDITIONS.items()}
    there |= {("code", name, "code") for name in protections.CODE}
    listed = {row for row in _listed() if row[2] in ("refusal", "condition", "code")}

    assert ("guard_box", "a paper mark is withdrawn with a reason", "refusal") in there
    assert (sorted(there - listed), sorted(listed - there)) == ([], []), AGAIN


def test_what_follows_from_fields_is_listed_by_its_number():
    there: dict[str, dict[str, int]] = {}
    for _name, table, kind in _asked(protections.DECLARED):
        of_table = there.setdefault(table, {})
        of_table[kind] = of_table.get(kind, 0) + 1
    wanted = {
        (table, ", ".join(f"{kind}: {n}" for kind, n in sorted(kinds.items())), "declared")
        for table, kinds in there.items()
    }
    listed = {row for row in _listed() if row[2] == "declared"}

    assert (sorted(wanted - listed), sorted(listed - wanted)) == ([], []), AGAIN


@cache
def _tests_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_test_that_the_list_names_exists():
    wrong = []
    for row, cell in _listed().items():
        named = re.fullmatch(r"`(test_\w+)(\[.*\])?` in `(tests/[\w/]+\.py)`", cell, re.S)
        path = settings.BASE_DIR / named[3] if named else None
        if named is None or path is None or not path.is_file() or named[1] not in _tests_in(path):
            wrong.append((*row, cell))

    assert wrong == [], AGAIN


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
    labels = ("audit", "identity", "verification", "polls", "ballots", "paper", "counting")
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
