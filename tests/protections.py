"""Take every protection away, one at a time, and see that a test fails without it.

    python -m tests.protections            all of them; prints a table and writes it into docs/protections.md
    python -m tests.protections NAME…      those whose names contain one of the words

First the tests of the tables are run once, noting which constraint or trigger refused something in which of
them. Then each constraint and trigger of the tables of voting, identity and audit is dropped inside the
transaction of a test that met it, and the test is run again: it must fail. Protections in the code are
replaced by functions that let everything through. Not a part of the suite: it takes minutes.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "protections.md"
BEGIN, END = "<!-- seen to fail: begin -->", "<!-- seen to fail: end -->"
# Where the tables are tried; others meet the same guards, later.
TESTS = [
    "tests/voting/test_constraints.py",
    "tests/voting/test_paper_marks.py",
    "tests/voting/test_paper_keying.py",
    "tests/voting/test_paper_around_services.py",
    "tests/voting/test_paper_counting.py",
    "tests/voting/test_withdrawals.py",
    "tests/voting/test_sequencing.py",
    "tests/voting/test_extension.py",
    "tests/test_table_constraints.py",
    "tests/audit",
    "tests/identity/test_verification.py",
    "tests/identity/test_roles.py",
    "tests/identity/test_agreements.py",
]
# Tried for each protection at most, until one fails.
CANDIDATES = 4

# Triggers and constraints; not foreign keys, nor primary keys of one column that is only a number.
_PROTECTIONS = """
SELECT con.conname, rel.relname, 'constraint', pg_get_constraintdef(con.oid), ''
  FROM pg_constraint con JOIN pg_class rel ON rel.oid = con.conrelid
 WHERE rel.relname ~ '^(voting|identity|audit)_' AND con.contype IN ('c', 'u', 'x', 'p')
   AND NOT (con.contype = 'p' AND cardinality(con.conkey) = 1)
   AND NOT (con.contype = 'c' AND con.conname ~ '_check$')
UNION ALL
SELECT idx.relname, rel.relname, 'index', pg_get_indexdef(idx.oid), ''
  FROM pg_index i JOIN pg_class idx ON idx.oid = i.indexrelid JOIN pg_class rel ON rel.oid = i.indrelid
 WHERE rel.relname ~ '^(voting|identity|audit)_' AND i.indisunique
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
UNION ALL
SELECT tg.tgname, rel.relname, 'trigger', pg_get_triggerdef(tg.oid), fn.proname
  FROM pg_trigger tg JOIN pg_class rel ON rel.oid = tg.tgrelid JOIN pg_proc fn ON fn.oid = tg.tgfoid
 WHERE NOT tg.tgisinternal AND (rel.relname ~ '^(voting|identity|audit)_' OR fn.proname ~ '^voting_')
 ORDER BY 2, 3, 1
"""


def main(words: list[str]) -> int:
    """Try everything, print the table and write the page. Ends with 1 if a protection has no such test."""
    only_code = bool(words) and all(any(word in name for name in CODE) for word in words)
    met = {"protections": [], "met": {}} if only_code else _run_pytest({"PROTECTIONS_NOTE": "1"}, TESTS)
    protections = [row for row in met["protections"] if not words or any(word in row[0] for word in words)]
    tests_by_name: dict[str, list[str]] = met["met"]
    plan: list[tuple[str, list[str]]] = []
    for name, table, kind, _definition, function in protections:
        found = tests_by_name.get(f"{table}|{name}", []) or tests_by_name.get(name, [])
        if kind == "trigger":
            both = [test for test in tests_by_name.get(f"{function}()", []) if test not in found]
            own = [test for test in both if test in tests_by_name.get(f"table {table}", [])]
            found = own + [test for test in both if test not in own]
        plan.append((f"{table}|{name}|{kind}", found[:CANDIDATES]))
    for name, (_target, _make, test) in CODE.items():
        if not words or any(word in name for word in words):
            plan.append((f"code|{name}|code", [test]))
    nodes = sorted({test for _name, tests in plan for test in tests})
    seen = _run_pytest({"PROTECTIONS_PLAN": json.dumps(plan)}, nodes)["failed"] if nodes else {}
    rows = [(name, seen.get(name, "")) for name, _tests in plan]
    _write(rows, keep_others=bool(words))
    for name, test in rows:
        print(f"{'FAILS' if test else 'NONE '}  {name.replace('|', ' ')}  {test}")
    missing = [name for name, test in rows if not test]
    print(f"{len(rows)} protections, {len(missing)} without a test that fails")
    return 1 if missing else 0


def _run_pytest(environment: dict[str, str], arguments: list[str]) -> dict[str, Any]:
    out = ROOT / "var" / "protections.json"
    out.parent.mkdir(exist_ok=True)
    out.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.protections", "--no-header", *arguments]
    subprocess.run(
        command, cwd=ROOT, env=os.environ | environment | {"PROTECTIONS_OUT": str(out)}, check=False
    )
    answer: dict[str, Any] = json.loads(out.read_text())
    return answer


def _write(rows: list[tuple[str, str]], *, keep_others: bool) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    lines = [f"Seen to fail on {datetime.now(UTC).date().isoformat()}.", ""]
    lines += ["| of | protection | test that fails without it |", "|---|---|---|"]
    found = {}
    for name, test in rows:
        table, protection, kind = name.split("|")
        shown = f"`{test.partition('::')[2]}` in `{test.partition('::')[0]}`" if test else "**none yet**"
        found[f"| {table} | `{protection}` ({kind}) |"] = shown
    if keep_others:
        known = re.findall(r"^(\| \S+ \| `[^`]+` \(\w+\) \|) (.*) \|$", old, re.M)
        found = dict(known) | found
    # Tables in the order of their names, what is in the code last.
    names = sorted(found, key=lambda name: name.startswith("| code ")) if keep_others else list(found)
    lines += [f"{name} {found[name]} |" for name in names]
    PAGE.write_text(f"{before}{BEGIN}\n{chr(10).join(lines)}\n{END}{after}", encoding="utf-8")


# The plugin: notes what was met, or runs tests without a protection.

_met: dict[str, list[str]] = defaultdict(list)
_failed: dict[str, str] = {}
_current = ""


def _test_now() -> str:
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]


def _note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    from django.db import DatabaseError

    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if diagnosis is not None:
            names = [diagnosis.constraint_name, f"{diagnosis.table_name}|{diagnosis.constraint_name}"]
            names += re.findall(r"function (\w+\(\))", diagnosis.context or "")
            names += [
                f"table {table}"
                for table in re.findall(r"\b((?:voting|identity|audit|rounds)_\w+)", str(sql))
            ]
            for name in names:
                if name and _test_now() not in _met[name]:
                    _met[name].append(_test_now())
        raise


def _watch(connection: Any, **_kwargs: Any) -> None:
    if _note not in connection.execute_wrappers:
        connection.execute_wrappers.append(_note)


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("PROTECTIONS_NOTE"):
        from django.db.backends.signals import connection_created

        connection_created.connect(_watch)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    global _current
    if not os.environ.get("PROTECTIONS_PLAN"):
        return None
    from _pytest.runner import runtestprotocol

    for name, tests in json.loads(os.environ["PROTECTIONS_PLAN"]):
        if item.nodeid not in tests or name in _failed:
            continue
        _current = name
        item._initrequest()  # type: ignore[attr-defined]  # as plugins that run a test again do
        reports = runtestprotocol(item, nextitem=item, log=False)
        _current = ""
        if any(report.when == "call" and report.failed for report in reports):
            _failed[name] = item.nodeid
        print("F" if name in _failed else ".", end="", flush=True)
    item._initrequest()  # type: ignore[attr-defined]
    runtestprotocol(item, nextitem=nextitem, log=False)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    if not _current:
        yield
        return
    from django.db import connection

    table, name, kind = _current.split("|")
    if kind == "code":
        with pytest.MonkeyPatch.context() as patch:
            target, make, _test = CODE[name]
            patch.setattr(target, make())
            yield
        return
    drop = {
        "constraint": f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}" CASCADE',
        "index": f'DROP INDEX "{name}"',
        "trigger": f'DROP TRIGGER "{name}" ON "{table}"',
    }[kind]
    in_a_transaction = connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(_PROTECTIONS)
        definitions = {(row[0], row[1]): row[3] for row in cursor.fetchall()}
        if in_a_transaction:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(drop)
        if in_a_transaction:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    try:
        yield
    finally:
        if not in_a_transaction:
            restore = definitions[name, table]
            if kind == "constraint":
                restore = f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {restore}'
            with connection.cursor() as cursor:
                cursor.execute("SET session_replication_role = replica")
                cursor.execute(f'TRUNCATE "{table}" CASCADE')
                cursor.execute(restore)
                cursor.execute("SET session_replication_role = origin")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    out = os.environ.get("PROTECTIONS_OUT")
    if not out:
        return
    answer: dict[str, Any] = {"met": _met, "failed": _failed}
    if os.environ.get("PROTECTIONS_NOTE"):
        import psycopg2

        from pbplatform.settings.test import EMBEDDED

        source = os.environ["PBPLATFORM_TEST_TEMPLATE"]
        opened = psycopg2.connect(host=str(EMBEDDED.sockets), user=EMBEDDED.postgres.USER, dbname=source)
        with opened.cursor() as cursor:
            cursor.execute(_PROTECTIONS)
            answer["protections"] = [list(row) for row in cursor.fetchall()]
        opened.close()
    Path(out).write_text(json.dumps(answer))


def _any_key() -> Callable[..., Any]:
    from identity.keys import read
    from voting import keys

    def round_key(name: Any, check: bytes) -> Any:
        return keys.RoundKey(read(f"round-{name}") or bytes(32))

    return round_key


def _bound_to_nothing() -> Callable[..., bytes]:
    return lambda *args, **kwargs: b""


def _sound_report() -> Callable[..., dict[str, int]]:
    return lambda round, poll: {"ballots": 0, "paper_marks": 0, "paper_ballots": 0, "log_entries": 0}


def _references_in_the_order_of_casting() -> Callable[..., Any]:
    from voting import sealing

    honest, numbers = sealing.references, itertools.count(1)

    def references(code: bytes, round_slug: str) -> Any:
        return dataclasses.replace(
            honest(code, round_slug), ballot_ref=next(numbers).to_bytes(4, "big") + os.urandom(12)
        )

    return references


def _written_openly() -> Callable[..., bytes]:
    return lambda key, purpose, text: text.encode()


def _no_cipher() -> Callable[..., Any]:
    class Open:
        def __init__(self, key: bytes) -> None:
            pass

        def encrypt(self, nonce: bytes, content: bytes, bound: bytes) -> bytes:
            return content

        decrypt = encrypt

    return Open


def _djangos_filter() -> Callable[..., Any]:
    from django.views.debug import SafeExceptionReporterFilter

    return SafeExceptionReporterFilter


def _universal_time() -> Callable[..., str]:
    return lambda round: "UTC"


def _nothing_done() -> Callable[..., None]:
    return lambda *args, **kwargs: None


_CASTING = "tests/voting/test_casting.py::test_"
_CLOSING = "tests/voting/test_closing.py::test_"
_CANARY = "tests/journeys/test_canary_ballot.py::test_"
_LINKING = "tests/voting/test_linking.py::test_"
# What is replaced, by what, and the test that has to fail.
CODE: dict[str, tuple[str, Callable[[], Any], str]] = {
    "a key that is not the round's is refused": (
        "voting.models.papers.round_key",
        _any_key,
        f"{_CASTING}t15_a_node_with_another_key_casts_nothing",
    ),
    "a seal is bound to its row": (
        "voting.sealing._bound",
        _bound_to_nothing,
        f"{_CLOSING}t16_a_ballot_moved_to_another_row_stops_the_close",
    ),
    "the rules of the paper": (
        "voting.frozen.Paper.problems",
        lambda: lambda *args: (),
        f"{_CASTING}t09_a_ballot_that_breaks_the_rules_is_refused_with_a_sentence_for_each_problem",
    ),
    "the box is reconciled before the count": (
        "voting.services.closing.reconcile",
        _sound_report,
        f"{_CLOSING}a_ballot_taken_out_of_the_box_stops_the_close",
    ),
    "withdrawals are held against log and box before the count": (
        "voting.services.closing._require_withdrawals_to_fit",
        _nothing_done,
        "tests/voting/test_withdrawals.py::"
        "test_a_ballot_in_the_box_that_the_log_calls_withdrawn_stops_the_close",
    ),
    "references tell nothing of the order of casting": (
        "voting.sealing.references",
        _references_in_the_order_of_casting,
        f"{_LINKING}t13_after_the_key_is_destroyed_nothing_leads_from_a_voter_to_a_ballot",
    ),
    "ballots are not migrated while people vote": (
        "pbplatform.management.commands.migrate.refuse_while_voting",
        _nothing_done,
        "tests/pbplatform/test_migrate.py::"
        "test_f18_ballots_are_not_migrated_while_voting_is_open_and_nothing_is_changed",
    ),
    "choices in a basket are hidden": (
        "voting.sealing.hide",
        _written_openly,
        f"{_CANARY}t14_a_canary_ballot_and_its_codes_are_nowhere_before_the_count",
    ),
    "choices in the box are sealed": (
        "voting.sealing.AESGCM",
        _no_cipher,
        f"{_CANARY}t14_a_canary_ballot_and_its_codes_are_nowhere_before_the_count",
    ),
    "reports of errors hold nothing that was typed": (
        "pbplatform.outages.NobodysValues",
        _djangos_filter,
        f"{_CANARY}t14_a_canary_ballot_and_its_codes_are_nowhere_before_the_count",
    ),
    "a deadline is shown in the round's zone": (
        "pbplatform.templatetags.look._zone",
        _universal_time,
        "tests/voting/test_deadline.py::"
        "test_t08_every_page_names_the_instant_that_decides[midnight in Seoul]",
    ),
    "the key is gone when it is destroyed": (
        "voting.keys.destroy_round_key",
        _nothing_done,
        f"{_LINKING}t13_after_the_key_is_destroyed_nothing_leads_from_a_voter_to_a_ballot",
    ),
}
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
