"""Promises of the architecture about the source, checked on the syntax trees.

Each rule is a function from source text to offences, tried on a bad sample before it judges the apps.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from audit.actions import Action
from proposals.lifecycle import STATES

Offence = tuple[int, str]

TRANSLATORS = {
    "_": 1,
    "gettext": 1,
    "gettext_lazy": 1,
    "gettext_noop": 1,
    "ngettext": 2,
    "ngettext_lazy": 2,
    "pgettext": 2,
    "pgettext_lazy": 2,
    "npgettext": 3,
    "npgettext_lazy": 3,
}


def modules(*, without: Callable[[Path], bool] = lambda path: False) -> list[Path]:
    """The source files of the apps, relative to the project, without migrations."""
    found = []
    for package in settings.OUR_PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            relative = path.relative_to(settings.BASE_DIR)
            if "migrations" not in relative.parts and not without(relative):
                found.append(relative)
    return found


def judge(rule: Callable[[str], Iterator[Offence]], paths: list[Path]) -> list[str]:
    return [
        f"{path}:{line}: {what}"
        for path in paths
        for line, what in rule((settings.BASE_DIR / path).read_text(encoding="utf-8"))
    ]


# Only services write.

WRITING_SQL = re.compile(
    r"\s*(INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|TRUNCATE\s+\w+|COPY\s+\w+\s+FROM)\b", re.IGNORECASE
)


def is_service(path: Path) -> bool:
    return "services" in path.parts or path.name == "services.py"


def docstrings(tree: ast.AST) -> set[int]:
    """Ids of the constants that are docstrings, or strings standing alone."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def writes(source: str) -> Iterator[Offence]:
    tree = ast.parse(source)
    told = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            always = name in {
                "get_or_create",
                "update_or_create",
                "bulk_create",
                "bulk_update",
                "create_user",
            }
            # Without positional arguments: `cache.delete(key)`, `digest.update(octets)` and
            # `picture.save(file)` write to no table.
            on_a_row_or_queryset = name in {"save", "create", "delete"} and not node.args
            on_a_queryset = name == "update" and not node.args and bool(node.keywords)
            if always or on_a_row_or_queryset or on_a_queryset:
                yield node.lineno, f".{name}() outside services"
        text = node.value if isinstance(node, ast.Constant) and id(node) not in told else None
        if isinstance(text, str) and WRITING_SQL.match(text):
            yield node.lineno, "SQL that writes, outside services"


@pytest.mark.parametrize(
    "sample",
    [
        "row.save(update_fields=['state'])",
        "Row.objects.create(state='x')",
        "Row.objects.filter(pk=1).update(state='x')",
        "row.delete()",
        "Row.objects.bulk_create(rows)",
        "Row.objects.get_or_create(slug='x')",
        "cursor.execute('INSERT INTO rows VALUES (1)')",
        "cursor.execute('''\n  update rows set state = 1''')",
    ],
)
def test_a_write_is_recognised(sample):
    assert len(list(writes(sample))) == 1


@pytest.mark.parametrize(
    "sample",
    [
        "digest.update(octets)",
        "cache.delete(key)",
        "picture.save(file)",
        "Row.objects.filter(pk=1).exists()",
        "'update rows set x'",
    ],
)
def test_what_is_no_write_is_left_alone(sample):
    assert list(writes(sample)) == []


# Django creates an operator's account (`createsuperuser`) by way of the model's manager.
WRITES_ELSEWHERE = {
    ("identity/models/accounts.py", ".save() outside"),
    ("identity/models/accounts.py", ".create_user() outside"),
}


def test_only_services_write():
    found = judge(writes, modules(without=is_service))

    assert [line for line in found if not any(p in line and w in line for p, w in WRITES_ELSEWHERE)] == []


# Failures rise.


def broad_handlers(source: str) -> Iterator[Offence]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            broad = any(
                name is None or ast.unparse(name) in {"Exception", "BaseException"} for name in caught
            )
            last = node.body[-1]
            # Cleaning up and letting it rise is not swallowing it.
            if broad and not (isinstance(last, ast.Raise) and last.exc is None):
                yield node.lineno, "catches everything"


@pytest.mark.parametrize("caught", ["", " Exception", " BaseException as error", " (ValueError, Exception)"])
def test_a_handler_of_everything_is_recognised(caught):
    assert len(list(broad_handlers(f"try:\n  x()\nexcept{caught}:\n  pass"))) == 1


@pytest.mark.parametrize("handler", [" ValueError:\n  pass", " BaseException:\n  stop()\n  raise"])
def test_a_narrow_handler_and_one_that_lets_it_rise_are_left_alone(handler):
    assert list(broad_handlers(f"try:\n  x()\nexcept{handler}")) == []


def test_nothing_catches_everything():
    assert judge(broad_handlers, modules()) == []


# Sentences are found by the extractor.


def unfindable_sentences(source: str) -> Iterator[Offence]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            for argument in node.args[: TRANSLATORS.get(name or "", 0)]:
                # Adjacent literals are one constant; anything else is only known when it is too late.
                if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                    yield node.lineno, f"{name}() of something that is not a literal"
                elif re.search(r"%[sd]", argument.value):
                    yield node.lineno, f"{name}() with a placeholder that has no name"


@pytest.mark.parametrize(
    "sample",
    ["_(f'{n} ballots')", "_('a' + b)", "gettext(text)", "ngettext('one', many, n)", "_('%s ballots')"],
)
def test_a_sentence_the_extractor_cannot_find_is_recognised(sample):
    assert len(list(unfindable_sentences(sample))) == 1


def test_every_sentence_can_be_found_by_the_extractor():
    # devtools/catalogues.py and the templates' tags hand on sentences that were marked elsewhere.
    assert judge(unfindable_sentences, modules()) == []


# Change takes POST.


def writing_services() -> set[str]:
    """Names of the service functions that open a transaction: those that change something."""
    names = set()
    for path in modules(without=lambda path: not is_service(path)):
        for node in ast.walk(ast.parse((settings.BASE_DIR / path).read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if any("atomic" in ast.unparse(decorator) for decorator in node.decorator_list):
                names.add(node.name)
    return names


def _asks_for_post(test: ast.expr, operator: type[ast.cmpop]) -> bool:
    return any(
        # Of `core.web.forms`: a form that was posted, and can be understood.
        (
            operator is ast.Eq
            and isinstance(node, ast.Call)
            and ast.unparse(node.func) == "is_sent"
            and ast.unparse(node.args[0]) == "request"
        )
        or (
            isinstance(node, ast.Compare)
            and ast.unparse(node.left) == "request.method"
            and isinstance(node.ops[0], operator)
            and ast.unparse(node.comparators[0]) == "'POST'"
        )
        for node in ast.walk(test)
    )


def unguarded_changes(source: str, services: set[str]) -> Iterator[Offence]:
    """Calls of services that change something, in a view that also answers GET.

    A helper whose name begins with an underscore is judged where it is called.
    """
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and "services" in (node.module or "").split(".")
        for alias in node.names
    }
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    changing = {name for name in imported if name in services}

    def changes(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        function = node.func
        if isinstance(function, ast.Attribute):
            return function.attr in services and "services" in ast.unparse(function.value)
        return isinstance(function, ast.Name) and function.id in changing

    def visit(node: ast.AST, guarded: bool) -> Iterator[ast.Call]:
        if not guarded and isinstance(node, ast.Call) and changes(node):
            yield node
        for field, value in ast.iter_fields(node):
            children = value if isinstance(value, list) else [value]
            safe = guarded
            for child in children:
                if isinstance(child, ast.AST):
                    inside = safe
                    if isinstance(node, ast.If | ast.IfExp) and field == "body":
                        inside = inside or _asks_for_post(node.test, ast.Eq)
                    yield from visit(child, inside)
                    # `if request.method != "POST": return …` guards what follows.
                    if isinstance(child, ast.If) and _asks_for_post(child.test, ast.NotEq):
                        safe = safe or isinstance(child.body[-1], ast.Return | ast.Raise)

    settled: set[str] = set()
    while True:
        helpers = set()
        for function in functions.values():
            decorators = " ".join(ast.unparse(decorator) for decorator in function.decorator_list)
            guarded = re.search(r"\[('POST'|'DELETE'|'PUT'|'PATCH')\]", decorators)
            found = [call for statement in [function] for call in visit(statement, bool(guarded))]
            if found and function.name.startswith("_"):
                helpers.add(function.name)
            elif found and function.name not in settled:
                settled.add(function.name)
                for call in found:
                    yield call.lineno, f"{function.name} answers GET and calls {ast.unparse(call.func)}"
        if helpers <= changing:
            return
        services = services | helpers
        changing |= helpers


@pytest.mark.parametrize(
    "sample",
    [
        "def page(request):\n  services.cast(1)",
        "def page(request):\n  if form.is_valid():\n    services.cast(1)",
        "from voting.ballots.services import cast\ndef page(request):\n  cast(1)",
        "def _cast(request):\n  services.cast(1)\ndef page(request):\n  _cast(request)",
        "@signed_in_page(methods=['GET', 'POST'])\ndef page(request):\n  services.cast(1)",
        "def page(request):\n  if is_sent(form):\n    services.cast(1)",
    ],
)
def test_a_page_that_changes_something_on_get_is_recognised(sample):
    assert len(list(unguarded_changes(sample, {"cast"}))) == 1


@pytest.mark.parametrize(
    "sample",
    [
        "@signed_in_page(methods=['POST'])\ndef page(request):\n  services.cast(1)",
        "def page(request):\n  if form and is_sent(request, form):\n    services.cast(1)",
        "def page(request):\n  if request.method == 'POST' and form.is_valid():\n    services.cast(1)",
        "def page(request):\n  if request.method != 'POST':\n    return show()\n  services.cast(1)",
        "def _cast(r):\n  services.cast(1)\ndef page(request):\n  if request.method == 'POST':\n    _cast(1)",
        "def page(request):\n  services.look(1)",
    ],
)
def test_a_page_that_changes_something_on_post_alone_is_left_alone(sample):
    assert list(unguarded_changes(sample, {"cast"})) == []


def test_every_page_that_changes_something_does_so_on_post_alone():
    pages = modules(without=lambda path: path.stem not in {"views", "api"} and "views" not in path.parts)

    changing = writing_services()

    assert changing, "no service opens a transaction"
    found = judge(lambda source: unguarded_changes(source, changing), pages)

    # An identity provider sends people back with a GET. Its guard is the state, kept in the session and
    # good for one try; tests/identity/verification/test_providers.py forges, replays and crosses it.
    # That an official looked at somebody's data is kept when they look: a GET, and nothing else changes.
    meant = (": provider answers GET", "services.note_views", "services.note_personal_data")
    assert [offence for offence in found if not any(each in offence for each in meant)] == []


# The record is described.


def test_every_audited_action_is_described_in_the_documents():
    described = set(
        re.findall(r"`([a-z_]+\.[a-z_]+)`", (settings.BASE_DIR / "docs" / "audit.md").read_text())
    )

    steps = {row.action for row in STATES.values() if row.action}

    assert ({str(action.value) for action in Action} | steps) - described == set()
