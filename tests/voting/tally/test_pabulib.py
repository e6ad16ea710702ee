from __future__ import annotations

import ast
import contextlib
import io
import re
from pathlib import Path

import pytest

from voting.tally import Election, Kind, Limits, Project, pabulib
from voting.tally.pabulib import PbError, arrays, wrongs

PLAIN = '''META
key;value
description;A small one
country;Worldwide
unit;Nowhere
instance;2025
num_projects;3
num_votes;3
budget;100.50
vote_type;approval
rule;greedy
date_begin;2025
date_end;2025
PROJECTS
project_id;cost;votes;name
p/1;60;2;"Park; with ""roses"""
p/2;40.5;2;Lamps
x;4000.0;0;
VOTES
voter_id;vote
1;p/1,p/2
2;p/2
3;p/1
'''


def read(text: str, *changes: tuple[str, str]) -> pabulib.PbFile:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return pabulib.read(text.encode())


def test_a_file_is_read_whole():
    file = read(PLAIN)

    one = file.election
    assert one.ids == ("p/1", "p/2", "x")
    assert one.costs == (6000, 4050, 400_000)
    assert (one.budget, one.minor_per_unit) == (10_050, 100)
    assert one.votes == (2, 2, 0)
    assert one.projects[0].name == 'Park; with "roses"'
    assert [row for row, _ in one.ballots.rows()] == [[0, 1], [1], [0]]


def test_line_ends_of_windows_and_a_missing_last_one_make_no_difference():
    windows = pabulib.read(PLAIN.replace("\n", "\r\n").encode())
    bare = pabulib.read(PLAIN.rstrip("\n").encode())

    assert windows.election.votes == bare.election.votes == (2, 2, 0)


def test_a_project_named_twice_counts_once_and_is_reported():
    file = read(PLAIN, ("2;p/2\n", "2;p/2,p/1,p/2\n"))

    assert file.election.votes == (3, 2, 0)
    assert file.recounted_votes() == {"p/1": 3, "p/2": 3, "x": 0}
    assert file.repeats == (pabulib.Repeat(22, "p/2"),)


def test_a_withdrawn_project_is_known_by_its_cost():
    file = read(PLAIN, ("4000.0", "999999999"))

    assert [project.withdrawn for project in file.election.projects] == [False, False, True]


def test_ordinal_ballots_count_from_their_length_down():
    file = read(PLAIN, ("vote_type;approval", "vote_type;ordinal"))

    assert file.election.scores == (3, 2, 0)


@pytest.mark.parametrize(
    ("change", "line", "column", "says"),
    [
        (("2;p/2\n", "2;p/9\n"), 22, 3, "the project 'p/9' is not in the PROJECTS section"),
        (("1;p/1,p/2", "1;p/1, p/2"), 21, 7, "there is a space next to the project id p/2"),
        (("1;p/1,p/2", "1;p/1,,p/2"), 21, 7, "a project id is missing here"),
        (("2;p/2\n", "2;p/2;x\n"), 22, 1, "this row has 3 fields; the header has 2"),
        (("3;p/1\n", "\n3;p/1\n"), 23, 1, "an empty line; the header has 2"),
        (("3;p/1", "1;p/1"), 23, 1, "the voter 1 already voted on line 21"),
        (("num_votes;3", "num_votes;4"), 8, 11, "num_votes says 4, but the file has 3 ballots"),
        (("num_projects;3", "num_projects;2"), 7, 14, "num_projects says 2, but the file has 3 projects"),
        (("p/2;40.5;", "p/2;40,5;"), 17, 5, "cost must be a number such as 1500 or 1500.50, not '40,5'"),
        (("p/2;40.5;", "p/2;0;"), 17, 5, "a cost must be above 0"),
        (("p/2;40.5;", "p/1;40.5;"), 17, 1, "the project p/1 is already on line 16"),
        (("budget;100.50", "budget;"), 14, 1, "META does not say budget"),
        (("vote_type;approval", "vote_type;approve"), 10, 11, "vote_type must be one of"),
        (("PROJECTS\n", "PROJECT\n"), 20, 1, "the file has no PROJECTS section"),
        (('with ""roses"""', "with roses"), 16, 10, "a quoted field is not closed"),
        (("Lamps", 'La"m"ps'), 17, 14, "a field with a quote in it must be quoted as a whole"),
        (("project_id;cost;votes;name", "project_id;cost;cost;name"), 15, 17, "a second column cost"),
        (("voter_id;vote", "voter_id;votes"), 20, 1, "VOTES has no column vote"),
        (("vote_type;approval", "vote_type;cumulative"), 20, 1, "no column points"),
    ],
)
def test_what_is_wrong_is_named_with_line_and_column(
    change: tuple[str, str], line: int, column: int, says: str
):
    with pytest.raises(PbError, match=r"^line \d") as refused:
        read(PLAIN, change)

    assert says in refused.value.message
    assert refused.value.line == line
    assert refused.value.column == column


def test_every_code_of_a_wrong_is_raised_somewhere_and_every_sentence_takes_its_values():
    raised: dict[str, set[str]] = {}
    for path in Path(wrongs.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".error", "PbError")):
                codes = [each.value for each in node.args if isinstance(each, ast.Constant)]
                values = {keyword.arg for keyword in node.keywords}
                raised |= {code: values for code in codes if isinstance(code, str)}

    assert raised == {
        code: set(re.findall(r"%\((\w+)\)s", sentence)) for code, sentence in wrongs.WRONGS.items()
    }


def test_text_that_is_not_utf8_is_refused_where_it_stands():
    data = PLAIN.encode().replace(b"3;p/1", b"\xff;p/1")

    with pytest.raises(PbError, match=r"^line 23, column 1: this is not UTF-8 text"):
        pabulib.read(data.replace(b"2;p/2\n", b"2;p/2,\n"))


CUMULATIVE = PLAIN.replace("vote_type;approval", "vote_type;cumulative\nmax_sum_points;6").replace(
    "voter_id;vote\n1;p/1,p/2\n2;p/2\n3;p/1", "voter_id;vote;points\n1;p/1,p/2;4,2\n2;p/2;6\n3;p/1;5"
)


def test_points_are_read_beside_the_projects():
    file = read(CUMULATIVE)

    assert file.election.scores == (9, 8, 0)
    assert file.election.limits.max_sum_points == 6


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        (("1;p/1,p/2;4,2", "1;p/1,p/2;4"), 11, "1 points for 2 projects"),
        (("1;p/1,p/2;4,2", "1;p/1,p/2;4,many"), 13, "points must be whole numbers"),
    ],
)
def test_points_that_do_not_fit_are_refused(change: tuple[str, str], column: int, says: str):
    with pytest.raises(PbError, match=says) as refused:
        read(CUMULATIVE, change)

    assert (refused.value.line, refused.value.column) == (22, column)


def test_the_fast_and_the_exact_reader_read_the_same(shared: Path, monkeypatch: pytest.MonkeyPatch):
    names = ["Poland_Krakow_2021_Zwierzyniec", "Poland_Gdynia_2025_Witomino__large", "France_Toulouse_2019"]
    paths = [shared / "data" / "pabulib" / f"{name}.pb" for name in names]
    fast = [pabulib.read(path).election.ballots for path in paths]

    monkeypatch.setattr(arrays, "_read_plain", lambda *_: None)
    exact = [pabulib.read(path).election.ballots for path in paths]

    for one, other in zip(fast, exact, strict=True):
        assert list(one.rows()) == list(other.rows())


META = {
    "description": "A written one",
    "country": "Thailand",
    "unit": "Nowhere",
    "instance": "2025",
    "rule": "greedy",
    "date_begin": "01.03.2025",
    "date_end": "31.03.2025",
}


def written(kind: Kind, limits: Limits, ballots: list[object]) -> bytes:
    projects = [
        Project("a/1", 1050, name="Park; old", categories=("green", "play")),
        Project("b", 2500, name="Lamps", categories=("light",)),
    ]
    election = Election.build(
        projects,
        ballots,  # type: ignore[arg-type]
        budget=3000,
        kind=kind,
        limits=limits,
        minor_per_unit=100,
        voter_ids=["f00d", "beef"],
    )
    methods = {"voting_method": ["paper", "internet"]}
    return pabulib.write(election, META, selected={"b": 1}, vote_columns=methods)


KINDS = [
    (Kind.APPROVAL, Limits(max_length=2), [["a/1", "b"], ["b"]]),
    (Kind.CHOOSE_1, Limits(), [["b"], ["b"]]),
    (Kind.KNAPSACK, Limits(), [["b"], ["b"]]),
    (Kind.CUMULATIVE, Limits(max_sum_points=5), [{"a/1": 1, "b": 4}, {"b": 5}]),
    (Kind.ORDINAL, Limits(max_length=2), [["b", "a/1"], ["b"]]),
    (Kind.SCORING, Limits(max_points=9), [{"a/1": 0, "b": 9}, {"b": 5}]),
]


@pytest.mark.parametrize(("kind", "limits", "ballots"), KINDS)
def test_what_is_written_is_read_back(kind: Kind, limits: Limits, ballots: list[object]):
    file = pabulib.read(written(kind, limits, ballots))

    assert file.election.costs == (1050, 2500)
    assert file.election.budget == 3000
    assert file.column("voter_id") == ["f00d", "beef"]
    assert file.selected == {"a/1": 0, "b": 1}
    assert file.election.votes == (sum("a/1" in ballot for ballot in ballots), sum("b" in b for b in ballots))  # type: ignore[operator]


@pytest.mark.parametrize(("kind", "limits", "ballots"), KINDS)
def test_the_official_checker_accepts_what_is_written(kind: Kind, limits: Limits, ballots: list[object]):
    from pabulib.checker import Checker

    text = written(kind, limits, ballots).decode()

    with contextlib.redirect_stdout(io.StringIO()):
        report = Checker().process_files([text])

    assert report["metadata"] == {"processed": 1, "valid": 1, "invalid": 0}


def test_a_missing_or_unknown_meta_key_is_refused():
    election = Election.build([Project("a", 1)], [["a"]], budget=1)

    with pytest.raises(ValueError, match="META must say description"):
        pabulib.write(election, {})
    with pytest.raises(ValueError, match="knows no META key 'city'"):
        pabulib.write(election, META | {"city": "x"})


def test_ids_that_would_break_the_file_are_refused():
    election = Election.build([Project("a;b", 1)], [["a;b"]], budget=1)

    with pytest.raises(ValueError, match="cannot be written"):
        pabulib.write(election, META)
