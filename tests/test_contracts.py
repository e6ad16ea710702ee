"""Each import contract is seen to fail: a copy of the source is given one bad line."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

PYPROJECT = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
APPS = PYPROJECT["tool"]["importlinter"]["root_packages"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the apps, the contracts and what the contracts need."""
    copy = tmp_path_factory.mktemp("contracts")
    python_only = shutil.ignore_patterns("__pycache__", "locale", "static", "data", "node_modules")
    for app in APPS:
        shutil.copytree(settings.BASE_DIR / app, copy / app, ignore=python_only)
    (copy / "tests").mkdir()
    shutil.copy(settings.BASE_DIR / "tests" / "contracts.py", copy / "tests")
    shutil.copy(settings.BASE_DIR / "pyproject.toml", copy)
    return copy


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_source_as_it_stands_keeps_every_contract(source):
    result = lint(source)

    assert result.returncode == 0, result.stdout
    assert "BROKEN" not in result.stdout


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        # Upwards, and sideways between two that do not know each other.
        ("rounds.models", "proposals.models", "Later stages of a round import earlier ones"),
        ("audit.services", "rounds.models", "Later stages of a round import earlier ones"),
        ("reviews.exceptions", "moderation.apps", "Later stages of a round import earlier ones"),
        ("moderation.exceptions", "reviews.apps", "Later stages of a round import earlier ones"),
        ("proposals.exceptions", "reviews.apps", "Later stages of a round import earlier ones"),
        ("reviews.exceptions", "voting.polls.apps", "Later stages of a round import earlier ones"),
        ("places.models", "authorities.models", "Later stages of a round import earlier ones"),
        ("moderation.exceptions", "voting.polls.apps", "Later stages of a round import earlier ones"),
        ("reports.selectors", "notices.apps", "Later stages of a round import earlier ones"),
        ("identity.models", "pbplatform.urls", "Later stages of a round import earlier ones"),
        ("pbplatform.urls", "devtools.apps", "Later stages of a round import earlier ones"),
        ("core.money", "audit.models", "Later stages of a round import earlier ones"),
        # Up the stages of a vote.
        ("voting.polls.services", "voting.ballots.models", "Later stages of a vote import earlier ones"),
        ("voting.ballots.sealing", "voting.counting.models", "Later stages of a vote import earlier ones"),
        ("voting.rules.greedy", "voting.polls.ruleset", "Later stages of a vote import earlier ones"),
        # A part of the vote nobody has given a stage.
        ("voting.helpers", None, "Later stages of a vote import earlier ones"),
        (
            "pbplatform.operations.health",
            "pbplatform.site.views",
            "Pages of the site stand above what runs it",
        ),
        # Up a floor inside an app; a module without a floor is no way around.
        ("rounds.services", "rounds.tasks", "Inside an app imports point down"),
        ("rounds.models", "rounds.services", "Inside an app imports point down"),
        ("voting.ballots.tasks", "voting.ballots.web.casting", "Inside an app imports point down"),
        ("proposals.lifecycle", "proposals.services", "Inside an app imports point down"),
        # From accounts to persons, also from a module that is no floor.
        (
            "identity.services.accounts",
            "identity.verification.models",
            "Accounts know nothing of verification",
        ),
        ("identity.fields", "identity.verification.models", "Accounts know nothing of verification"),
        ("identity.verification.selectors", "identity.web.forms", "Accounts know nothing of verification"),
        # Django or Celery in the count, directly and by way of another module.
        ("voting.tally.election", "django.db", "The count is plain Python"),
        ("voting.tally.election", "celery", "The count is plain Python"),
        ("voting.tally.election", "core.money", "The count is plain Python"),
        # Another app's pages, forms and tasks, also those of a part of the vote.
        ("proposals.selectors", "identity.web.forms", "An app's pages, forms and tasks are its own"),
        ("proposals.web.public_pages", "rounds.web.api", "An app's pages, forms and tasks are its own"),
        ("proposals.services", "rounds.tasks", "An app's pages, forms and tasks are its own"),
        ("reports.selectors", "voting.ballots.tasks", "An app's pages, forms and tasks are its own"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(source, module, imported, contract):
    changed = {path_of(source, name) for name in (module, imported) if name}
    before = {path: path.read_text() if path.exists() else None for path in changed}
    try:
        # What is imported need not exist yet: a contract is about whatever comes to exist.
        for path in changed:
            if path.is_relative_to(source) and not path.exists() and path.parent.exists():
                path.write_text("")
        planted = path_of(source, module)
        planted.write_text(planted.read_text() + (f"\nimport {imported}\n" if imported else ""))

        result = lint(source)
    finally:
        for path, text in before.items():
            if text is not None:
                path.write_text(text)
            else:
                path.unlink(missing_ok=True)

    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in " ".join(result.stdout.split())


def path_of(source: Path, module: str) -> Path:
    path = source.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
