import subprocess
import sys

import yaml

from pbplatform.settings.test import BASE_DIR


def judged(folder):
    return subprocess.run(
        [sys.executable, BASE_DIR / ".ci" / "pages"], cwd=folder, capture_output=True, text=True
    )


def test_the_index_lists_every_page_and_no_link_leads_nowhere():
    answer = judged(BASE_DIR)

    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_page_left_out_of_the_index_and_a_broken_link_are_named(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[one](one.md)")
    (tmp_path / "docs" / "one.md").write_text("[elsewhere](https://example.org/) [gone](gone.md)")
    (tmp_path / "docs" / "two.md").write_text("Nobody finds this.")

    answer = judged(tmp_path)

    assert answer.returncode == 1
    assert answer.stderr.splitlines() == [
        "docs/one.md: gone.md leads nowhere",
        "docs/two.md: not in docs/index.md",
    ]


def test_every_check_before_a_commit_is_one_of_make_check():
    hooks = yaml.safe_load((BASE_DIR / ".pre-commit-config.yaml").read_text())["repos"]
    entries = [hook["entry"] for repo in hooks for hook in repo["hooks"] if hook["id"] != "check"]
    recipe = (BASE_DIR / "Makefile").read_text().replace("$(PY)", ".venv/bin/python")

    assert {repo["repo"] for repo in hooks} == {"local"}
    assert [entry for entry in entries if f"\t{entry}\n" not in recipe] == []
