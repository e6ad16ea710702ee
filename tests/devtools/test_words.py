"""`.ci/words` finds refused words wherever they may stand, and nowhere else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#: templates/page.html
msgid "{}"
msgstr "{}"
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with a list of refused words and clean catalogues."""
    subprocess.run(["/usr/bin/env", "git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "docs").mkdir()
    shutil.copy(settings.BASE_DIR / ".ci" / "words", tmp_path / "words")
    (tmp_path / "docs" / "refused-words.csv").write_text(
        "where,refused,instead,why\n"
        "names,paper desk,polling place,for a test\n"
        "english,anew,again,for a test\n"
        "ko,회원가입,주민 명부,for a test\n",
        encoding="utf-8",
    )
    for language in ("ko", "th", "vi"):
        _catalogue(tmp_path, language, "Begin", "Begin")
    return tmp_path


def _catalogue(tree: Path, language: str, source: str, text: str) -> None:
    path = tree / "pbplatform" / "locale" / "site" / language / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PO.format(source, text), encoding="utf-8")


def _said(tree: Path) -> list[str]:
    done = subprocess.run([sys.executable, "words"], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == (1 if done.stderr else 0)
    return done.stderr.splitlines()


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("a.py", "class PaperDesk: ...\n", "a.py:1: 'PaperDesk'"),
        ("a.py", "n_paper_desks = 1\n", "a.py:1: 'n_paper_desks'"),
        ("a.sql", "SELECT 1 FROM paper_desk", "a.sql: 'paper_desk'"),
        ("paper_desk.html", "", "paper_desk.html: 'paper_desk'"),
        ("a.py", '"""Begin anew."""\n', "a.py:1: 'anew'"),
        ("a.py", "# Begin Anew.\n", "a.py:1: 'Anew'"),
        ("a.sql", "-- Begin anew.", "a.sql: 'anew'"),
        ("a.md", "Begin\nanew.", "a.md: 'anew'"),
        ("a.html", "{# Begin anew. #}", "a.html: 'anew'"),
        ("a.js", "// Begin anew.", "a.js: 'anew'"),
        ("a.scss", "/* Begin\nanew. */", "a.scss: 'anew'"),
    ],
)
def test_a_refused_word_is_found(tree, file, text, place):
    (tree / file).write_text(text, encoding="utf-8")

    instead = "again" if "new" in place else "polling place"
    assert _said(tree) == [f"{place} is refused; use {instead}"]


def test_a_refused_word_is_found_in_a_sentence_and_in_its_translation(tree):
    _catalogue(tree, "ko", "Begin anew", "회원가입 시작")

    assert _said(tree) == [
        "pbplatform/locale/site/ko/LC_MESSAGES/django.po: 'Begin anew': '회원가입' is refused; use 주민 명부",
        "templates/page.html: 'anew' is refused; use again",
    ]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        # A longer word, a string that is no sentence, code on a page of documentation, and others' files.
        ("a.py", "# The manewer.\npaper_desktop = 'anew'\n"),
        ("a.md", "`anew` and ```\nanew\n```"),
        ("vendor/a.js", "// Begin anew."),
    ],
)
def test_what_only_looks_like_a_refused_word_passes(tree, file, text):
    (tree / file).parent.mkdir(exist_ok=True)
    (tree / file).write_text(text, encoding="utf-8")

    assert _said(tree) == []
