import hashlib
import re
import subprocess
import sys

import pytest
from django.contrib.staticfiles import finders

from pbplatform.settings.test import BASE_DIR

STATIC = BASE_DIR / "static"
FRONTEND = BASE_DIR / "frontend"
FILES = {"frontend/platform.scss": b"p{color:$ink}", "static/css/platform.css": b"p{color:#1b2a27}"}


def judged(folder):
    return subprocess.run(
        [sys.executable, BASE_DIR / ".ci" / "built"], cwd=folder, capture_output=True, text=True
    )


@pytest.fixture
def built(tmp_path):
    """A small tree as `frontend/build.sh` leaves it: one source, one result, the hashes of both."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "frontend" / "BUILT.sha256").write_text(
        "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in FILES.items())
    )
    return tmp_path


def test_what_is_served_was_built_from_the_sources_that_are_here():
    answer = judged(BASE_DIR)

    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_tree_as_built_passes(built):
    assert judged(built).returncode == 0


@pytest.mark.parametrize("name", FILES)
def test_a_source_or_a_result_that_changes_alone_is_named(built, name):
    with (built / name).open("ab") as file:
        file.write(b" ")

    answer = judged(built)

    assert answer.returncode == 1
    assert f"{name}: changed since the last build" in answer.stderr


def test_a_file_that_the_build_did_not_see_is_named(built):
    (built / "static" / "css" / "other.css").write_text("p{}")
    (built / "frontend" / "platform.scss").unlink()

    answer = judged(built)

    assert answer.returncode == 1
    assert answer.stderr.splitlines()[:2] == [
        "frontend/platform.scss: missing",
        "static/css/other.css: not in frontend/BUILT.sha256",
    ]


def test_no_source_of_the_styles_is_served():
    served = {path for finder in finders.get_finders() for path, _ in finder.list([])}

    assert "css/platform.css" in served
    assert {
        path for path in served if path.endswith((".scss", ".sh", ".mjs", "package.json", ".sha256"))
    } == set()


def test_colours_have_names():
    """A colour is written once, in the tokens; every other source uses its name."""
    literal = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![^{}\n]*\{)|\b(?:rgb|hsl)a?\((?!\$)")
    found = [
        f"{path.relative_to(FRONTEND)}:{number}"
        for path in FRONTEND.rglob("*.scss")
        if path.name != "_tokens.scss" and "node_modules" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if literal.search(line)
    ]

    assert found == []


def test_the_style_sheets_ask_for_nothing_from_elsewhere():
    for path in (STATIC / "css").glob("*.css"):
        addresses = re.findall(r"url\(([^)]*)\)", path.read_text(encoding="utf-8"))

        assert [
            address for address in addresses if not address.strip("'\"").startswith(("../fonts/", "data:"))
        ] == []
