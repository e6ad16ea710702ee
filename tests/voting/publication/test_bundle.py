"""The publication of a vote: complete or absent, reproducible, and verified by its own program."""

import contextlib
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st
from pabulib.checker import Checker

from identity.roles import Role
from rounds.models import Entitlement, Residency
from tests.factories import make_account, make_official, make_person, make_resident
from tests.voting.votes import (
    cast_by,
    codes,
    end_voting,
    fresh,
    make_inclusion_only_vote,
    make_vote,
    voter_of,
)
from voting.ballots import merkle, sealing, signed_notes
from voting.ballots import services as ballots_services
from voting.ballots.models import FinalBallot
from voting.counting import ballot_files as counting_ballot_files
from voting.counting import pb_files as publication
from voting.counting import services as counting_services
from voting.paper import services as paper_services
from voting.polls import keys, ruleset
from voting.polls.exceptions import StageOutOfOrder
from voting.polls.models import Approval
from voting.publication import services as publication_services
from voting.publication import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _root(settings, tmp_path):
    settings.PUBLICATION_ROOT = tmp_path / "publications"
    settings.LOG_BATCH_ENTRIES = 4


def _approve(round) -> None:
    officials = [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]
    for step in (Approval.Stage.CERTIFY, Approval.Stage.PUBLISH):
        for official in officials:
            counting_services.approve(round, step, actor=official)


def _published(n: int = 9, **fields):
    """Publish a round of n voters, one of whom replaced their ballot; return the receipt codes."""
    round = make_vote(costs=(600, 300, 300), **fields)
    first, second, third = codes(round)
    receipts = []
    for place in range(n):
        code = sealing.new_code()
        cast_by(voter_of(round), *([first, second] if place % 3 else [third]), code=code)
        receipts.append(code)
        ballots_services.sequence(round)
    voter = voter_of(round)
    cast_by(voter, second)
    receipts.append(sealing.new_code())
    cast_by(voter, first, code=receipts[-1])
    counting_services.count(end_voting(round))
    _approve(round)
    return fresh(round), receipts


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _verify(folder: Path, *more: str) -> tuple[int, list[str]]:
    """Return the exit code of the published program, and the failed checks."""
    run = subprocess.run(
        [sys.executable, str(folder / "verify.py"), str(folder), *more], capture_output=True, text=True
    )
    assert run.stderr == ""
    return run.returncode, [line[6:] for line in run.stdout.splitlines() if line.startswith("WRONG")]


def test_before_publication_there_is_none_and_afterwards_anybody_verifies_it(client):
    round = make_vote()
    address = reverse("voting:bundle", args=[round.authority.slug, round.slug])
    cast_by(voter_of(round), codes(round)[0])
    counting_services.count(end_voting(round))
    with pytest.raises(StageOutOfOrder):
        publication_services.make_bundle(round)
    tasks.bundle_due()
    assert client.get(address).status_code == 404
    _approve(round)
    assert client.get(address).status_code == 404

    tasks.bundle_due()

    folder = Path(publication_services.published_zip(round)).parent / "files"
    assert _verify(folder) == (0, [])
    answer = client.get(address)
    packed = b"".join(answer.streaming_content)
    assert packed == publication_services.published_zip(round).read_bytes()
    page = client.get(reverse("voting:results", args=[round.authority.slug, round.slug])).content.decode()
    assert f'href="{address}"' in page


def test_the_zip_holds_every_file_and_both_are_the_same_byte_for_byte_when_made_again(settings, tmp_path):
    round, receipts = _published()
    once = publication_services.make_bundle(round)
    settings.PUBLICATION_ROOT = tmp_path / "elsewhere"

    again = publication_services.make_bundle(round)

    assert again.name == once.name
    assert _files(again) == _files(once)
    with zipfile.ZipFile(once / "publication.zip") as packed:
        unpacked = {name: packed.read(name) for name in packed.namelist()}
    files = {f"{round.file_stem}/{name}": content for name, content in _files(once / "files").items()}
    assert unpacked == files
    assert list(unpacked) == sorted(files)
    assert {
        "README.md",
        "README.ko.md",
        "SHA256SUMS",
        "ballots/1-inside.pb",
        "log/entries.csv",
        "public-key.txt",
        "recount.py",
        "results.json",
        "rules.json",
        "verify.py",
    } < {name.removeprefix(f"{round.file_stem}/") for name in files}
    assert _verify(once / "files") == (0, [])
    for code in (receipts[0], receipts[-1]):
        assert _verify(once / "files", "--code", sealing.show_code(code)) == (0, [])


def test_a_ranking_shorter_than_the_paper_is_counted_and_verified_by_what_is_published():
    # Two choices at most, and one is made: a first place is worth two points, alone or not.
    round, receipts = _published(ballot_style={"kind": "ordinal", "max_choices": 2})
    folder = publication_services.make_bundle(round) / "files"

    (file,) = folder.glob("*/*everybody*.pb")
    head, _, ballots = file.read_text().partition("VOTES\n")
    _first, _second, third = codes(round)

    assert ballots.startswith("voter_id;vote;points\n")
    assert {line.split(";")[2] for line in ballots.split()[1:] if line.split(";")[1] == third} == {"2"}
    assert {line.split(";")[2] for line in ballots.split()[1:]} == {"2", "2,1"}
    assert _verify(folder) == (0, [])
    for code in receipts:
        assert _verify(folder, "--code", sealing.show_code(code)) == (0, [])
    with contextlib.redirect_stdout(io.StringIO()):
        report = Checker().process_files([file.read_text()])
    assert report["metadata"] == {"processed": 1, "valid": 1, "invalid": 0}
    assert "vote_type;ordinal" in head


def test_the_files_hold_no_more_than_they_should(settings):
    round, _ = _published()
    files = _files(publication_services.make_bundle(round) / "files")

    results = json.loads(files["results.json"])
    assert results["ballots"] == {"online": 10, "paper": 0}
    assert results["log_entries"] == 11
    paper = results["papers"][0]
    funded = paper["scopes"]["inside"]["outcome"]["funded"]
    assert set(paper["reasons"]) == set(codes(round)) - set(funded)
    assert files["log/entries.csv"].splitlines()[0] == b"index,log_ref,commitment,kind"
    assert b"@" not in files["results.json"]


def test_where_receipts_show_inclusion_only_no_reference_is_published():
    round = make_inclusion_only_vote()
    code = sealing.new_code()
    cast_by(voter_of(round), codes(round)[0], code=code)
    counting_services.count(end_voting(round))
    _approve(round)

    folder = publication_services.make_bundle(round) / "files"

    reference = sealing.references(code, round.slug).ballot_ref.hex().encode()
    assert not any(reference in content for content in _files(folder).values())
    assert _verify(folder, "--code", sealing.show_code(code)) == (0, [])


# F13: the link names a complete folder or none.


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", [1, 4, 8, 12, "_zip", "_flip"])
def test_f13_a_crash_in_between_leaves_no_publication_and_the_next_try_the_whole_one(at, monkeypatch):
    round, _ = _published(4)
    honest, calls = publication_services._Folder._file, []

    def file(self, name, content):
        calls.append(name)
        if len(calls) == at:
            raise Killed
        honest(self, name, content)

    def die(*args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(publication_services._Folder, "_file", file)
        if at == "_zip":
            patch.setattr(publication_services._Folder, "_zip", die)
        if at == "_flip":
            patch.setattr(publication_services, "_flip", die)
        with pytest.raises(Killed):
            publication_services.make_bundle(round)
    assert publication_services.published_zip(round) is None

    whole = publication_services.make_bundle(round)

    assert publication_services.published_zip(round).resolve().parent == whole
    assert _verify(whole / "files") == (0, [])
    root = whole.parent
    assert sorted(path.name for path in root.iterdir()) == [f".{round.slug}.lock", round.slug, whole.name]


# T17: tampering, and who notices it. The tamperer recreates the list of files.


def _entries(folder: Path) -> list[str]:
    return (folder / "log" / "entries.csv").read_text().splitlines()


def _write_entries(folder: Path, lines: list[str]) -> None:
    numbered = [f"{place},{line.split(',', 1)[1]}" for place, line in enumerate(lines[1:])]
    (folder / "log" / "entries.csv").write_text("\n".join([lines[0], *numbered]) + "\n")


def _remove_entry(folder, round):
    lines = _entries(folder)
    _write_entries(folder, [*lines[:3], *lines[4:]])


def _insert_entry(folder, round):
    lines = _entries(folder)
    _write_entries(folder, [*lines[:3], f"0,{'a' * 64},{'b' * 64},cast", *lines[3:]])


def _alter_commitment(folder, round):
    lines = _entries(folder)
    index, ref, _, kind = lines[3].split(",")
    _write_entries(folder, [*lines[:3], f"{index},{ref},{'c' * 64},{kind}", *lines[4:]])


def _alter_ballot(folder, round):
    _first, second, third = codes(round)
    for path in (folder / "ballots").iterdir():
        path.write_text(path.read_text().replace(f";{third}\n", f";{second}\n", 1))


def _alter_result(folder, round):
    results = json.loads((folder / "results.json").read_text())
    for count in results["papers"][0]["scopes"].values():
        count["outcome"]["funded"].reverse()
        count["outcome"]["votes"][codes(round)[2]] += 5
    (folder / "results.json").write_text(json.dumps(results))


def _sums(folder: Path) -> None:
    lines = [
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in _files(folder).items()
        if name != "SHA256SUMS"
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))


@pytest.fixture
def copy(tmp_path):
    """A published round, its codes, and a copy of its files to tamper with."""
    round, receipts = _published()
    folder = tmp_path / "copy"
    shutil.copytree(publication_services.make_bundle(round) / "files", folder)
    return round, receipts, folder


@pytest.mark.parametrize(
    ("tamper", "noticed"),
    [
        (_remove_entry, "every checkpoint fits the entries"),
        (_insert_entry, "every checkpoint fits the entries"),
        (_alter_commitment, "every checkpoint fits the entries"),
        (_alter_ballot, "the votes add up to those of the result"),
        (_alter_result, "counted again, the same projects win"),
    ],
)
def test_t17_what_public_files_show_by_themselves(copy, tamper, noticed):
    round, _, folder = copy
    assert _verify(folder) == (0, [])

    tamper(folder, round)
    _sums(folder)

    status, wrongs = _verify(folder)
    assert status == 1
    assert any(noticed in wrong for wrong in wrongs), wrongs


def _made_anew(folder: Path, round, lines: list[str]) -> None:
    """Rewrite the log and sign every checkpoint again, as anyone who holds the key could."""
    _write_entries(folder, lines)
    rows = [line.split(",") for line in _entries(folder)[1:]]
    leaves = [merkle.leaf_hash(bytes.fromhex(row[1] + row[2]) + row[3].encode()) for row in rows]

    class Tree:
        def hashes(self, level, first, count):
            assert level == 0
            return leaves[first : first + count]

    key = keys.signing_key(round.authority.slug)
    origin = signed_notes.origin_of(round.authority.slug, round.slug)
    for path in (folder / "checkpoints").iterdir():
        size = int(path.stem.split("-")[1])
        note = signed_notes.Checkpoint(origin, size, merkle.root(Tree(), size))
        path.write_bytes(signed_notes.sign(note, key))


def test_t17_a_second_log_for_other_eyes_is_shown_by_a_checkpoint_that_was_kept(copy, tmp_path):
    round, _, folder = copy
    kept = tmp_path / "kept"
    kept.mkdir()
    middle = sorted((folder / "checkpoints").iterdir())[1]
    shutil.copy(middle, kept)
    assert _verify(folder, "--earlier", str(kept)) == (0, [])
    lines = _entries(folder)
    index, ref, _, kind = lines[1].split(",")

    _made_anew(folder, round, [lines[0], f"{index},{ref},{'c' * 64},{kind}", *lines[2:]])
    _sums(folder)

    assert _verify(folder) == (0, [])
    status, wrongs = _verify(folder, "--earlier", str(kept))
    assert (status, len(wrongs)) == (1, 1)
    assert "kept earlier fit the entries: not" in wrongs[0]


def test_t17_a_ballot_exchanged_in_log_and_count_alike_is_noticed_by_its_voter_alone(copy):
    round, receipts, folder = copy
    first, _second, third = codes(round)
    code = receipts[0]
    references = sealing.references(code, round.slug)
    FinalBallot.objects.get(ballot_ref=references.ballot_ref, choices={"1": [third]})
    results = json.loads((folder / "results.json").read_text())
    for count in results["papers"][0]["scopes"].values():
        path = folder / count["file"]
        line = f"{references.ballot_ref.hex()};{third}\n"
        if line in path.read_text():
            path.write_text(path.read_text().replace(line, f"{references.ballot_ref.hex()};{first}\n"))
            count["outcome"]["votes"][third] -= 1
            count["outcome"]["votes"][first] += 1
    (folder / "results.json").write_text(json.dumps(results))
    _sums(folder)

    assert _verify(folder) == (0, [])
    status, wrongs = _verify(folder, "--code", sealing.show_code(code))
    assert (status, len(wrongs)) == (1, 1)
    assert wrongs[0].startswith("your ballot was counted as you cast it")


def test_t17_a_ballot_stuffed_for_somebody_who_stayed_away_is_noticed_by_no_public_file():
    # The box is checked against the register before the count. With an abstainer's own voter token even that
    # matches, and only asking a sample of those recorded as voters reveals it.
    round = make_vote(costs=(600, 300, 300))
    first, *_ = codes(round)
    cast_by(voter_of(round), first)
    abstainer = voter_of(round)
    cast_by(abstainer, first)
    counting_services.count(end_voting(round))
    _approve(round)

    assert _verify(publication_services.make_bundle(round) / "files") == (0, [])


# Withdrawn ballots in the publication.


@pytest.fixture
def withdrawing(tmp_path):
    """A published round in which two voters' ballots, each cast twice, were withdrawn before the close.

    Return its files to tamper with, the code of the first of them, and the code of a ballot that counts.
    """
    round = make_vote(costs=(600, 300, 300))
    first, second, third = codes(round)
    clerk = make_official(round.authority, Role.CLERK)
    desk = paper_services.open_polling_place(round, "Town hall", actor=clerk)
    codes_of = [sealing.new_code() for _ in range(6)]
    for place, code in enumerate(codes_of):
        account = make_resident(round.authority)
        if place < 2:
            cast_by(voter_of(round, account), third)
            ballots_services.sequence(round)
        cast_by(voter_of(round, account), first, second, code=code)
        ballots_services.sequence(round)
        if place == 0:
            paper_services.check_in(desk, account.persons.get(), actor=clerk, overrides=True)
        elif place == 1:
            ballots_services.withdraw_ballots(account)
    end_voting(round)
    paper_services.settle_polling_place(desk, actor=clerk)
    counting_services.count(fresh(round))
    _approve(round)
    folder = tmp_path / "copy"
    shutil.copytree(publication_services.make_bundle(fresh(round)) / "files", folder)
    return fresh(round), folder, codes_of[0], codes_of[-1]


def _run(folder: Path, *more: str) -> str:
    command = [sys.executable, str(folder / "verify.py"), str(folder), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_publication_with_withdrawn_ballots_is_verified_and_tells_their_voters(withdrawing):
    _round, folder, gone, counted = withdrawing
    kinds = [line.rsplit(",", 1)[1] for line in _entries(folder)[1:]]

    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"cast": 6, "replace": 2, "withdraw": 2}
    assert json.loads((folder / "results.json").read_text())["ballots"] == {"online": 4, "paper": 0}
    for code in (gone, counted):
        assert _verify(folder, "--code", sealing.show_code(code)) == (0, [])
    told = _run(folder, "--code", sealing.show_code(gone)).splitlines()
    assert "ok    2 withdrawals, each of an entry of its own" in told
    assert "ok    as many first entries, less withdrawals, as ballots cast online" in told
    assert (
        "      It was withdrawn before the close: its voter voted on paper, or left. If you did neither,"
        in told
    )
    assert "ok    your withdrawn ballot was not counted" in told
    assert "withdrawn before" not in _run(folder, "--code", sealing.show_code(counted))


def _withdrawals(lines: list[str]) -> list[int]:
    return [place for place, line in enumerate(lines) if line.endswith(",withdraw")]


def _withdrawal_of(line: str) -> str:
    """Return the entry that would withdraw the entry on a line."""
    _index, ref, commitment, kind = line.split(",")
    leaf = merkle.leaf_hash(bytes.fromhex(ref + commitment) + kind.encode())
    return f"0,{leaf.hex()},{commitment},withdraw"


def _dropped(lines):
    place = _withdrawals(lines)[0]
    return [*lines[:place], *lines[place + 1 :]]


def _added(lines):
    of = next(line for line in lines if line.endswith(",cast") and _withdrawal_of(line)[2:] not in
              [other.partition(",")[2] for other in lines])  # fmt: skip
    return [*lines, _withdrawal_of(of)]


def _added_twice(lines):
    return [*lines, lines[_withdrawals(lines)[0]]]


def _of_nothing(lines):
    place = _withdrawals(lines)[0]
    _index, _ref, commitment, kind = lines[place].split(",")
    return [*lines[:place], f"0,{'a' * 64},{commitment},{kind}", *lines[place + 1 :]]


def _of_another_commitment(lines):
    place = _withdrawals(lines)[0]
    _index, ref, _commitment, kind = lines[place].split(",")
    return [*lines[:place], f"0,{ref},{'c' * 64},{kind}", *lines[place + 1 :]]


def _of_a_withdrawal(lines):
    one, other = _withdrawals(lines)
    return [*lines[:other], _withdrawal_of(lines[one]), *lines[other + 1 :]]


@pytest.mark.parametrize(
    ("tamper", "noticed"),
    [
        (_dropped, ["as many first entries, less withdrawals, as ballots cast online"]),
        (_added, ["as many first entries, less withdrawals, as ballots cast online"]),
        (
            _added_twice,
            [
                "3 withdrawals, each of an entry of its own",
                "as many first entries, less withdrawals, as ballots cast online",
            ],
        ),
        (_of_nothing, ["2 withdrawals, each of an entry of its own"]),
        (_of_another_commitment, ["2 withdrawals, each of an entry of its own"]),
        (_of_a_withdrawal, ["2 withdrawals, each of an entry of its own"]),
    ],
)
def test_t17_withdrawals_that_do_not_fit_are_noticed_even_in_a_log_that_is_signed_anew(
    withdrawing, tamper, noticed
):
    round, folder, _gone, _counted = withdrawing
    lines = tamper(_entries(folder))
    # As many checkpoints as the new log has sizes for; the last one covers every entry.
    for path in (folder / "checkpoints").iterdir():
        path.unlink()
    (folder / "checkpoints" / f"checkpoint-{len(lines) - 1:012}.txt").touch()

    _made_anew(folder, round, lines)
    _sums(folder)

    assert _verify(folder) == (1, noticed)


def test_t17_the_withdrawal_of_somebody_elses_ballot_is_noticed_by_that_voter_alone(withdrawing):
    round, folder, _gone, counted = withdrawing
    lines = _entries(folder)
    log_ref = sealing.references(counted, round.slug).log_ref.hex()
    mine = next(line for line in lines if line.split(",")[1] == log_ref)
    place = _withdrawals(lines)[0]

    _made_anew(folder, round, [*lines[:place], _withdrawal_of(mine), *lines[place + 1 :]])
    _sums(folder)

    assert _verify(folder) == (0, [])
    assert _verify(folder, "--code", sealing.show_code(counted)) == (
        1,
        ["your withdrawn ballot was not counted"],
    )


# T18: yesterday's publication against today's.


def test_t18_a_rewritten_history_is_caught_by_the_publication_of_yesterday(copy, tmp_path):
    round, _, folder = copy
    yesterday = tmp_path / "yesterday"
    shutil.copytree(folder, yesterday)
    assert _verify(folder, "--earlier", str(yesterday)) == (0, [])
    lines = _entries(folder)

    _made_anew(folder, round, [lines[0], lines[2], lines[1], *lines[3:]])
    _sums(folder)

    assert _verify(folder) == (0, [])
    status, wrongs = _verify(folder, "--earlier", str(yesterday))
    assert (status, len(wrongs)) == (1, 1)


# T19: groups of fewer than ten.


@example(inside=0, outside=5, decides="inside")
@given(
    inside=st.integers(0, 60), outside=st.integers(0, 60), decides=st.sampled_from(["inside", "everybody"])
)
def test_t19_no_published_files_give_away_a_group_of_fewer_than_ten(inside, outside, decides):
    sizes = {"inside": inside, "outside": outside, "everybody": inside + outside}

    files = publication.scopes_to_publish(sizes, decides)

    assert decides in files
    # Values that two files reveal by subtraction count as published.
    known = files if len(files) < 2 else set(sizes)
    groups = [sizes[scope] for scope in known - {decides}]
    assert all(size == 0 or size >= 10 for size in groups if size != sizes[decides])


@pytest.mark.parametrize(("n_outside", "files"), [(9, {"inside"}), (10, {"inside", "outside", "everybody"})])
def test_t19_nine_ballots_from_outside_have_no_file_and_ten_have(client, n_outside, files):
    round = make_vote(costs=(600, 600), freeze=False)
    Entitlement.objects.create(round=round, act="vote", residency=Residency.OUTSIDE)
    ballots_services.freeze_rules(round, actor=None)
    round = fresh(round)
    first, second = codes(round)
    for _ in range(10):
        cast_by(voter_of(round), first)
    for _ in range(n_outside):
        stranger = make_account()
        make_person(round.authority, stranger, residency=Residency.OUTSIDE, area=None)
        cast_by(voter_of(round, stranger), second)
    counting_services.count(end_voting(round))
    _approve(round)

    folder = publication_services.make_bundle(round) / "files"

    assert {path.stem.removeprefix("1-") for path in (folder / "ballots").iterdir()} == files
    assert _verify(folder) == (0, [])
    for scope in ("inside", "outside", "everybody"):
        address = reverse("voting:ballots", args=[round.authority.slug, round.slug, 1, scope])
        assert client.get(address).status_code == (200 if scope in files else 404)
    # The page does not list the choices of the few for each project either.
    page = client.get(reverse("voting:results", args=[round.authority.slug, round.slug])).content.decode()
    assert f"10 from inside, {n_outside} from outside" in page
    assert (f"<p>0 from inside, {n_outside} from outside" in page) is ("outside" in files)


def test_t19_a_published_ballot_has_a_reference_and_choices_and_nothing_about_its_voter():
    round, _ = _published(4)
    rules = ruleset.read(round.poll.rules)

    file = b"".join(
        counting_ballot_files.ballot_file(round, rules, rules.ballot_styles[0], "everybody")
    ).decode()

    assert "VOTES\nvoter_id;vote\n" in file
