from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.voting.tally.test_pabulib import PLAIN
from voting.tally.command import EXIT_DIFFERENT, EXIT_OK, EXIT_REFUSED, main


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.pb"
    path.write_text(PLAIN)
    return path


def test_json_holds_the_whole_count(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(file), "--rule", "equal-shares", "--seed", "s", "--json"]) == EXIT_OK

    counted = json.loads(capsys.readouterr().out)
    # Shares are 33.50. The lamps' two voters hold 67.00 of 40.50; then one of the park's voters has 13.25
    # left.
    assert counted["rule"] == "equal-shares"
    assert counted["funded"] == ["p/2"]
    assert (counted["cost"], counted["budget"], counted["voters"]) == (4050, 10050, 3)
    assert counted["minor_per_unit"] == 100
    assert counted["parameters"]["seed"] == "s"
    assert len(counted["input_sha256"]) == 64
    assert counted["rounds"][0]["effective_votes"] == "2"
    assert counted["rounds"][0]["price"] == 2025
    reasons = {each["id"]: each["reason"] for each in counted["not_funded"]}
    assert reasons == {"p/1": "supporters_money_short", "x": "no_votes"}
    assert counted["not_funded"][0]["needed"] == 6000


def test_text_lists_the_funded_with_votes_and_cost(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(file), "--rule", "greedy"]) == EXIT_OK

    lines = capsys.readouterr().out.splitlines()
    assert "Cost: 100.50 of 100.50" in lines
    assert [line.split()[:3] for line in lines if "votes " in line and "costs" not in line] == [
        ["1", "p/2", "2"],
        ["2", "p/1", "2"],
    ]


def test_verify_fails_on_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    official = tmp_path / "official.pb"
    text = PLAIN.replace("votes;name", "votes;name;selected").replace('"""\n', '""";1\n')
    text = text.replace("Lamps\n", "Lamps;1\n").replace("x;4000.0;0;\n", "x;4000.0;0;;0\n")
    official.write_text(text)

    same = main([str(official), "--rule", "greedy", "--verify"])
    different = main([str(official), "--rule", "equal-shares", "--verify"])

    assert (same, different) == (EXIT_OK, EXIT_DIFFERENT)
    assert "p/1 is selected in the file and not funded by this count" in capsys.readouterr().err


def test_without_a_selected_column_nothing_is_verified(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(file), "--rule", "greedy", "--verify"]) == EXIT_REFUSED
    assert "no column selected" in capsys.readouterr().err


def test_a_bad_file_is_refused_in_one_line(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_text(PLAIN.replace("2;p/2\n", "2;p/7\n"))

    assert main([str(file), "--rule", "greedy"]) == EXIT_REFUSED
    assert capsys.readouterr().err == (
        f"{file}: line 22, column 3: the project 'p/7' is not in the PROJECTS section\n"
    )


def test_the_command_needs_no_django(file: Path):
    # None in sys.modules makes every import of it fail.
    without = (
        "import sys; sys.modules['django'] = None; from voting.tally.command import main; main(sys.argv[1:])"
    )

    done = subprocess.run(
        [sys.executable, "-c", without, str(file), "--rule", "phragmen"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Rule: phragmen" in done.stdout
