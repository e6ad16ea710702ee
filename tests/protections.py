"""Take every protection away, one at a time, and see that a test fails without it.

    python -m tests.protections            all of them; prints a table and writes it into docs/protections.md
    python -m tests.protections WORD…      those whose names contain one of the words, or of a kind of fields

First the tests of the tables are run once, noting which constraint or trigger refused something in which of
them. Then each constraint and trigger of the tables of the vote, identity, verification and audit is
dropped inside the transaction of a test that met it, and the test is run again: it must fail. So is each
sentence with which a function of theirs refuses something, and some of the conditions before it. What
Django makes of a model's fields (references, columns that are never empty, numbers that are never negative,
keys) is dropped, one after the other, inside the test that holds tables against models. Protections in the
code are replaced by functions that let everything through; where another process runs that code, in that
process. Not a part of the suite: it takes minutes. That the list is whole is a part of it:
tests/test_protections_page.py.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import pkgutil
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    "tests/voting/paper/test_check_ins.py",
    "tests/voting/paper/test_transcription.py",
    "tests/voting/paper/test_around_services.py",
    "tests/voting/paper/test_counting.py",
    "tests/voting/ballots/test_withdrawals.py",
    "tests/voting/ballots/test_sequencing.py",
    "tests/voting/polls/test_extension.py",
    "tests/voting/polls/test_rules.py::test_the_database_refuses_settings_that_a_rule_does_not_know",
    "tests/test_table_constraints.py",
    "tests/faults/test_casting_races.py::"
    "test_t01_a_receipt_that_two_voters_send_at_the_same_time_is_one_ballots_and_the_other_box_stays_empty",
    "tests/audit",
    "tests/identity/verification/test_verification.py",
    "tests/identity/test_roles.py",
    "tests/identity/test_agreements.py",
]
# Tried for each protection at most, until one fails.
CANDIDATES = 4
DECLARED_KINDS = ("reference", "key", "not negative", "never empty")

_OURS = "'^(polls|ballots|paper|counting|identity|verification|audit)_'"
# Triggers and constraints; what follows from fields is in _DECLARED.
PROTECTIONS = f"""
SELECT con.conname, rel.relname, 'constraint', pg_get_constraintdef(con.oid), ''
  FROM pg_constraint con JOIN pg_class rel ON rel.oid = con.conrelid
 WHERE rel.relname ~ {_OURS} AND con.contype IN ('c', 'u', 'x', 'p')
   AND NOT (con.contype = 'p' AND cardinality(con.conkey) = 1)
   AND NOT (con.contype = 'c' AND con.conname ~ '_check$')
UNION ALL
SELECT idx.relname, rel.relname, 'index', pg_get_indexdef(idx.oid), ''
  FROM pg_index i JOIN pg_class idx ON idx.oid = i.indexrelid JOIN pg_class rel ON rel.oid = i.indrelid
 WHERE rel.relname ~ {_OURS} AND i.indisunique
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
UNION ALL
SELECT tg.tgname, rel.relname, 'trigger', pg_get_triggerdef(tg.oid), fn.proname
  FROM pg_trigger tg JOIN pg_class rel ON rel.oid = tg.tgrelid JOIN pg_proc fn ON fn.oid = tg.tgfoid
 WHERE NOT tg.tgisinternal AND (rel.relname ~ {_OURS}
                                OR obj_description(tg.oid, 'pg_trigger') IN
                                   ('guard of polls', 'guard of ballots',
                                    'guard of paper', 'guard of counting'))
 ORDER BY 2, 3, 1
"""
# What Django makes of the fields of a model: references, columns that are never empty, numbers that are never
# negative, and keys of one column.
DECLARED = f"""
SELECT con.conname, rel.relname,
       CASE con.contype WHEN 'f' THEN 'reference' WHEN 'p' THEN 'key' ELSE 'not negative' END
  FROM pg_constraint con JOIN pg_class rel ON rel.oid = con.conrelid
 WHERE rel.relname ~ {_OURS}
   AND (con.contype = 'f' OR (con.contype = 'p' AND cardinality(con.conkey) = 1)
        OR (con.contype = 'c' AND con.conname ~ '_check$'))
UNION ALL
SELECT att.attname, rel.relname, 'never empty'
  FROM pg_attribute att JOIN pg_class rel ON rel.oid = att.attrelid
 WHERE rel.relname ~ {_OURS} AND rel.relkind = 'r' AND att.attnum > 0 AND att.attnotnull
   AND NOT EXISTS (SELECT 1 FROM pg_constraint con
                    WHERE con.conrelid = rel.oid AND con.contype = 'p' AND att.attnum = ANY (con.conkey))
 ORDER BY 2, 3, 1
"""
AS_DECLARED = "tests/test_protections_page.py::test_the_tables_are_what_the_models_declare"
# The functions that refuse something by themselves.
FUNCTIONS = f"""
SELECT fn.proname, pg_get_functiondef(fn.oid) FROM pg_proc fn
 WHERE fn.pronamespace = 'public'::regnamespace AND fn.prosrc LIKE '%RAISE EXCEPTION%'
   AND (obj_description(fn.oid, 'pg_proc') IN
        ('guard of polls', 'guard of ballots', 'guard of paper', 'guard of counting') OR EXISTS (
     SELECT 1 FROM pg_trigger tg JOIN pg_class rel ON rel.oid = tg.tgrelid
      WHERE tg.tgfoid = fn.oid AND rel.relname ~ {_OURS}))
 ORDER BY 1
"""
_RAISE = re.compile(r"RAISE EXCEPTION '((?:[^']|'')*)'(?:'(?:[^']|'')*'|[^';])*;")


def refusals(definition: str) -> dict[str, tuple[int, int]]:
    """Return where in a function's definition it refuses something, by the sentence it says."""
    found: dict[str, tuple[int, int]] = {}
    for match in _RAISE.finditer(definition):
        said = match[1].replace("''", "'")
        again = sum(name.partition(" (again")[0] == said for name in found)
        found[f"{said} (again: {again})" if again else said] = match.span()
    return found


def main(words: list[str]) -> int:
    """Try everything, print the table and write the page. Ends with 1 if a protection has no such test."""

    only_fields = bool(words) and set(words) <= set(DECLARED_KINDS)

    def is_wanted(*names: str, kind: str = "") -> bool:
        is_named = not only_fields and any(word in name for word in words for name in names)
        return not words or kind in words or is_named

    only_code = bool(words) and all(any(word in name for name in CODE | CONDITIONS) for word in words)
    nothing: dict[str, Any] = {"protections": [], "declared": [], "functions": [], "met": {}}
    met = (
        nothing
        if only_code
        else _run_pytest({"PROTECTIONS_NOTE": "1"}, [AS_DECLARED] if only_fields else TESTS)
    )
    protections = [row for row in met["protections"] if is_wanted(row[0])]
    tests_by_name: dict[str, list[str]] = met["met"]
    plan: list[tuple[str, list[str]]] = []
    for name, table, kind, _definition, function in protections:
        found = tests_by_name.get(f"{table}|{name}", []) or tests_by_name.get(name, [])
        if kind == "trigger":
            both = [test for test in tests_by_name.get(f"{function}()", []) if test not in found]
            own = [test for test in both if test in tests_by_name.get(f"table {table}", [])]
            found = own + [test for test in both if test not in own]
        plan.append((f"{table}|{name}|{kind}", found[:CANDIDATES]))
    for function, definition in met["functions"]:
        for said in refusals(definition):
            if is_wanted(function, said):
                found = _tests_that_heard(tests_by_name, function, said)
                plan.append((f"{function}|{said}|refusal", found[:CANDIDATES]))
    plan += [
        (f"{function}|{name}|condition", [test])
        for name, (function, _part, _instead, test) in CONDITIONS.items()
        if is_wanted(name, function)
    ]
    for name, table, kind in met["declared"]:
        if is_wanted(table, kind=kind):
            plan.append((f"{table}|{name}|{kind}", [AS_DECLARED]))
    elsewhere = {}
    for name, (_target, _make, test) in CODE.items():
        if is_wanted(name):
            plan.append((f"code|{name}|code", [test]))
            if test.startswith("tests/faults/"):
                elsewhere[name] = test
    nodes = sorted({test for _name, tests in plan for test in tests} - set(elsewhere.values()))
    seen = _run_pytest({"PROTECTIONS_PLAN": json.dumps(plan)}, nodes)["failed"] if nodes else {}
    for name, test in elsewhere.items():
        # The processes that the test starts take the protection away, when they begin.
        only = json.dumps([(f"code|{name}|code", [test])])
        seen |= _run_pytest({"PROTECTIONS_PLAN": only, "PROTECTIONS_TAKEN": name}, [test])["failed"]
    rows = [(name, seen.get(name, "")) for name, _tests in plan]
    _write(rows, keep_others=bool(words))
    for name, test in rows:
        print(f"{'FAILS' if test else 'NONE '}  {name.replace('|', ' ')}  {test}")
    missing = [name for name, test in rows if not test]
    print(f"{len(rows)} protections, {len(missing)} without a test that fails")
    return 1 if missing else 0


def _tests_that_heard(tests_by_name: dict[str, list[str]], function: str, said: str) -> list[str]:
    """Return the tests in which this function refused something with this sentence."""
    pattern = re.escape(said.partition(" (again")[0]).replace("%", ".*")
    heard = [
        test
        for name, tests in tests_by_name.items()
        if name.startswith("says ") and re.fullmatch(f"says {pattern}", name, re.S)
        for test in tests
    ]
    return [test for test in tests_by_name.get(f"{function}()", []) if test in heard]


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
    declared: Counter[tuple[str, str, bool]] = Counter()
    for name, test in rows:
        table, protection, kind = name.split("|")
        if test == AS_DECLARED or kind in DECLARED_KINDS:
            declared[table, kind, bool(test)] += 1
            continue
        shown = f"`{test.partition('::')[2]}` in `{test.partition('::')[0]}`" if test else "**none yet**"
        found[f"| {table} | `{protection}` ({kind}) |"] = shown
    for table in sorted({table for table, _kind, _missed in declared}):
        of_table = {key: n for key, n in declared.items() if key[0] == table}
        what = ", ".join(f"{kind}: {n}" for (_table, kind, _missed), n in sorted(of_table.items()))
        is_missed = all(missed for _table, _kind, missed in of_table)
        shown = f"`{AS_DECLARED.partition('::')[2]}` in `{AS_DECLARED.partition('::')[0]}`"
        found = {
            place: test
            for place, test in found.items()
            if not (place.startswith(f"| {table} |") and place.endswith("(declared) |"))
        }
        found[f"| {table} | `{what}` (declared) |"] = shown if is_missed else "**none yet**"
    if keep_others:
        known = re.findall(r"^(\| \S+ \| `[^`]+` \(\w+\) \|) (.*) \|$", old, re.M)
        anew = {place.split("|")[1] for place in found if place.endswith("(declared) |")}
        found = {
            place: test
            for place, test in known
            if not (place.endswith("(declared) |") and place.split("|")[1] in anew)
        } | found
    # Tables in the order of their names, what is in the code last.
    names = sorted(found, key=lambda name: name.startswith("| code ")) if keep_others else list(found)
    lines += [f"{name} {found[name]} |" for name in names]
    PAGE.write_text(f"{before}{BEGIN}\n{chr(10).join(lines)}\n{END}{after}", encoding="utf-8")


# The plugin: notes what was met, or runs tests without a protection.

_met: dict[str, list[str]] = defaultdict(list)
_failed: dict[str, str] = {}
_current = ""
_is_gone = False


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
            names += [f"{name}()" for name in re.findall(r"function (\w+)\(", diagnosis.context or "")]
            names.append(f"says {diagnosis.message_primary}")
            names += [
                f"table {table}"
                for table in re.findall(
                    r"\b((?:polls|ballots|paper|counting|identity|verification|audit|rounds|authorities|places)_\w+)",
                    str(sql),
                )
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
    global _current, _is_gone
    if not os.environ.get("PROTECTIONS_PLAN"):
        return None
    from _pytest.runner import runtestprotocol

    for name, tests in json.loads(os.environ["PROTECTIONS_PLAN"]):
        if item.nodeid not in tests or name in _failed:
            continue
        _current, _is_gone = name, False
        item._initrequest()  # type: ignore[attr-defined]  # as plugins that run a test again do
        # Told that it comes again itself, the test would keep its transaction and all that is gone in it.
        reports = runtestprotocol(item, nextitem=item.parent, log=False)  # type: ignore[arg-type]
        _current = ""
        if _is_gone and any(report.when == "call" and report.failed for report in reports):
            _failed[name] = item.nodeid
        if not _is_gone:
            print(f"\n{name} could not be taken away: {[report.longreprtext[-600:] for report in reports]}")
        print("F" if name in _failed else ".", end="", flush=True)
    item._initrequest()  # type: ignore[attr-defined]
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports) and not os.environ.get("PROTECTIONS_TAKEN"):
        # It fails with everything in its place too, and so shows nothing.
        print(f"\n{item.nodeid} fails by itself: {[report.longreprtext[-600:] for report in reports]}")
        for name in [name for name, test in _failed.items() if test == item.nodeid]:
            del _failed[name]
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    global _is_gone
    if not _current:
        yield
        return
    table, name, kind = _current.split("|")
    without = {"code": _without_code, "refusal": _with_another_function, "condition": _with_another_function}
    # A protection that could not be taken away would make the test fail too.
    with without.get(kind, _without_object)(table, name, kind):
        _is_gone = True
        yield


@contextmanager
def _without_code(_table: str, name: str, _kind: str) -> Iterator[None]:
    target, make, _test = CODE[name]
    pkgutil.resolve_name(target)
    if os.environ.get("PROTECTIONS_TAKEN"):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, make())
        yield


@contextmanager
def _with_another_function(function: str, name: str, kind: str) -> Iterator[None]:
    from django.db import connection

    in_a_transaction = connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(_DEFINITION, [function])
        ((definition,),) = cursor.fetchall()
        cursor.execute(_without(definition, name, kind))
    try:
        yield
    finally:
        if not in_a_transaction:
            with connection.cursor() as cursor:
                cursor.execute(definition)


@contextmanager
def _without_object(table: str, name: str, kind: str) -> Iterator[None]:
    from django.db import connection

    drop_constraint = f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}" CASCADE'
    drop = {
        "constraint": drop_constraint,
        "index": f'DROP INDEX "{name}"',
        "trigger": f'DROP TRIGGER "{name}" ON "{table}"',
        **dict.fromkeys(DECLARED_KINDS, drop_constraint),
        "never empty": f'ALTER TABLE "{table}" ALTER "{name}" DROP NOT NULL',
    }[kind]
    in_a_transaction = connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute(PROTECTIONS)
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


# There is one function of each name.
_DEFINITION = """
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = %s AND pronamespace = 'public'::regnamespace
"""


def _without(definition: str, name: str, kind: str) -> str:
    """Return a function that no longer refuses with that sentence, or no longer looks at that condition."""
    if kind == "refusal":
        begin, end = refusals(definition)[name]
        return f"{definition[:begin]}NULL;{definition[end:]}"
    _function, part, instead, _test = CONDITIONS[name]
    assert definition.count(part) == 1, (name, definition)
    return definition.replace(part, instead)


def take_away() -> None:
    """Replace what this run is to do without, in a process that a test has started."""
    name = os.environ.get("PROTECTIONS_TAKEN")
    if name:
        target, make, _test = CODE[name]
        pytest.MonkeyPatch().setattr(target, make())


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
            cursor.execute(PROTECTIONS)
            answer["protections"] = [list(row) for row in cursor.fetchall()]
            cursor.execute(DECLARED)
            answer["declared"] = [list(row) for row in cursor.fetchall()]
            cursor.execute(FUNCTIONS)
            answer["functions"] = [list(row) for row in cursor.fetchall()]
        opened.close()
    Path(out).write_text(json.dumps(answer))


def _any_key() -> Callable[..., Any]:
    from identity.keys import read
    from voting.polls import keys

    def round_key(name: Any, check: bytes) -> Any:
        return keys.RoundKey(read(f"round-{name}") or bytes(32))

    return round_key


def _bound_to_nothing() -> Callable[..., bytes]:
    return lambda *args, **kwargs: b""


def _sound_report() -> Callable[..., dict[str, int]]:
    return lambda round, poll: {"ballots": 0, "check_ins": 0, "paper_ballots": 0, "log_entries": 0}


def _references_in_the_order_of_casting() -> Callable[..., Any]:
    from voting.ballots import sealing

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


def _no_outage() -> Callable[..., bool]:
    return lambda error: False


def _written_as_far_as_it_goes() -> Callable[..., None]:
    from voting.publication import services as bundles

    whole = bundles._Folder.write

    def write(folder: Any) -> None:
        with contextlib.suppress(OSError):
            whole(folder)
        (folder._path / "files" / "SHA256SUMS").touch()

    return write


def _a_counter_that_forgets_one() -> Callable[..., Any]:
    from voting.tally import recount

    honest = recount.count
    return lambda *args, **kwargs: honest(*args, **kwargs)[:-1]


def _nothing_done() -> Callable[..., None]:
    return lambda *args, **kwargs: None


_PAPER = "tests/voting/paper/test_check_ins.py::test_"
# A part of a function in the database, what stands there instead, and the test that has to fail.
CONDITIONS: dict[str, tuple[str, str, str, str]] = {
    "the reason is of this mark": (
        "guard_box",
        " AND mark = sha256(OLD.voter_tag)",
        "",
        f"{_PAPER}each_mark_that_is_taken_back_has_a_reason_of_its_own",
    ),
    "the reason is of this transaction": (
        "guard_box",
        " AND withdrawn_at = transaction_timestamp()",
        "",
        f"{_PAPER}a_reason_given_earlier_takes_no_mark_back",
    ),
    "a mark stays while papers of its area need it": (
        "guard_box",
        " OR check_ins_are_used_up(OLD.polling_place_id, OLD.area_id)",
        "",
        f"{_PAPER}a_mark_whose_areas_papers_are_keyed_stays_though_another_mark_is_free",
    ),
    "papers of an area are no more than marks of it": (
        "guard_transcription",
        " OR check_ins_are_used_up(v_batch.polling_place_id, v_batch.area_id)",
        "",
        f"{_PAPER}papers_of_an_area_are_held_against_marks_of_people_of_the_area",
    ),
    "marks of an area are of people who live in it": (
        "check_ins_within",
        "AND starts_with(area.path, p_path)",
        "",
        f"{_PAPER}papers_of_an_area_are_held_against_marks_of_people_of_the_area",
    ),
    "marks of an area are not of people from outside": (
        "check_ins_within",
        "AND box.residency <> 'outside'",
        "",
        f"{_PAPER}somebody_from_outside_marked_in_an_area_makes_no_room_for_papers_of_it",
    ),
    "papers of an area are those for it": (
        "transcribed_ballots_within",
        "AND starts_with(area.path, p_path)",
        "",
        f"{_PAPER}papers_of_another_area_take_no_room_from_papers_of_this_one",
    ),
    "papers of an area are not those of withdrawn batches": (
        "transcribed_ballots_within",
        "AND batch.state <> 'withdrawn'",
        "",
        f"{_PAPER}papers_of_a_withdrawn_batch_make_room_for_others_of_their_area",
    ),
    "papers of an area are counted once though keyed twice": (
        "transcribed_ballots_within",
        "SELECT DISTINCT",
        "SELECT",
        f"{_PAPER}a_paper_keyed_by_both_clerks_is_one_paper_of_its_area",
    ),
    "only areas around the mark's are used up": (
        "check_ins_are_used_up",
        "AND starts_with(inner_area.path, area.path)",
        "",
        f"{_PAPER}a_mark_whose_areas_papers_are_keyed_stays_though_another_mark_is_free",
    ),
}
_FULL_DISK = "tests/faults/test_full_disk.py::test_f06_"
_COUNTING = "tests/voting/counting/test_counting.py::test_t20_"
_CASTING = "tests/voting/ballots/test_casting.py::test_"
_CLOSING = "tests/voting/counting/test_closing.py::test_"
_CANARY = "tests/journeys/test_canary_ballot.py::test_"
_LINKING = "tests/voting/ballots/test_linkage.py::test_"
# What is replaced, by what, and the test that has to fail.
CODE: dict[str, tuple[str, Callable[[], Any], str]] = {
    "a key that is not the round's is refused": (
        "voting.polls.models.ballot_styles.round_key",
        _any_key,
        f"{_CASTING}t15_a_node_with_another_key_casts_nothing",
    ),
    "a seal is bound to its row": (
        "voting.ballots.sealing._bound",
        _bound_to_nothing,
        f"{_CLOSING}t16_a_ballot_moved_to_another_row_stops_the_close",
    ),
    "the rules of the paper": (
        "voting.polls.ruleset.FrozenBallotStyle.problems",
        lambda: lambda *args: (),
        f"{_CASTING}t09_a_ballot_that_breaks_the_rules_is_refused_with_a_sentence_for_each_problem",
    ),
    "two counters that differ stop the count": (
        "voting.counting.require_agreement",
        _nothing_done,
        f"{_CLOSING}counters_that_disagree_stop_the_count_and_other_rounds_are_counted",
    ),
    "a counter that errs is noticed by the other": (
        "voting.tally.recount.count",
        _a_counter_that_forgets_one,
        f"{_COUNTING}both_counters_agree_on_a_thousand_random_elections[greedy]",
    ),
    "a full disk is an outage, and the ballot comes back to be sent again": (
        "pbplatform.operations.outages.is_outage",
        _no_outage,
        f"{_FULL_DISK}a_full_disk_refuses_ballots_for_a_while_and_loses_none",
    ),
    "a publication that found no room is none": (
        "voting.publication.services._Folder.write",
        _written_as_far_as_it_goes,
        f"{_FULL_DISK}a_publication_that_finds_no_room_is_not_there_and_the_next_one_is_whole",
    ),
    "the box is reconciled before the count": (
        "voting.counting.services.closing.reconcile",
        _sound_report,
        f"{_CLOSING}a_ballot_taken_out_of_the_box_stops_the_close",
    ),
    "withdrawals are held against log and box before the count": (
        "voting.counting.services.closing._require_withdrawals_to_fit",
        _nothing_done,
        "tests/voting/ballots/test_withdrawals.py::"
        "test_a_ballot_in_the_box_that_the_log_calls_withdrawn_stops_the_close",
    ),
    "references tell nothing of the order of casting": (
        "voting.ballots.sealing.references",
        _references_in_the_order_of_casting,
        f"{_LINKING}t13_after_the_key_is_destroyed_nothing_leads_from_a_voter_to_a_ballot",
    ),
    "ballots are not migrated while people vote": (
        "pbplatform.management.commands.migrate.refuse_while_voting",
        _nothing_done,
        "tests/pbplatform/operations/test_migrate.py::"
        "test_f18_ballots_are_not_migrated_while_voting_is_open_and_nothing_is_changed",
    ),
    "choices in a basket are hidden": (
        "voting.ballots.sealing.hide",
        _written_openly,
        f"{_CANARY}t14_a_canary_ballot_and_its_codes_are_nowhere_before_the_count",
    ),
    "choices in the box are sealed": (
        "voting.ballots.sealing.AESGCM",
        _no_cipher,
        f"{_CANARY}t14_a_canary_ballot_and_its_codes_are_nowhere_before_the_count",
    ),
    "reports of errors hold nothing that was typed": (
        "pbplatform.operations.outages.NobodysValues",
        _djangos_filter,
        f"{_CANARY}t14_a_canary_ballot_and_its_codes_are_nowhere_before_the_count",
    ),
    "a deadline is shown in the round's zone": (
        "pbplatform.templatetags.platform._zone",
        _universal_time,
        "tests/voting/ballots/test_deadline.py::"
        "test_t08_every_page_names_the_instant_that_decides[midnight in Seoul]",
    ),
    "the key is gone when it is destroyed": (
        "voting.polls.keys.destroy_round_key",
        _nothing_done,
        f"{_LINKING}t13_after_the_key_is_destroyed_nothing_leads_from_a_voter_to_a_ballot",
    ),
}
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
