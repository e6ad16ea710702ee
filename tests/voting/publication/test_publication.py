"""The published ballots, recounted by independent programs."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse

from identity.roles import Role
from tests.factories import make_official
from tests.voting.votes import (
    cast_by,
    codes,
    end_voting,
    make_inclusion_only_vote,
    make_vote,
    voter_of,
)
from voting import tally
from voting.ballots import sealing
from voting.counting import ballot_files as bundles
from voting.counting import services
from voting.polls import ruleset
from voting.polls.models import Approval
from voting.tally import pabulib

pytestmark = pytest.mark.django_db


def _url(round, scope: str = "inside") -> str:
    return reverse("voting:ballots", args=[round.authority.slug, round.slug, 1, scope])


def _published(**fields):
    round = make_vote(costs=(600, 300, 300), **fields)
    first, second, third = codes(round)
    code = sealing.new_code()
    for chosen in ([first, second], [first, third]):
        cast_by(voter_of(round), *chosen)
    cast_by(voter_of(round), first, second, code=code)
    services.count(end_voting(round))
    officials = [make_official(round.authority, role) for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN)]
    return round, code, officials


def _approve(round, officials, *steps) -> None:
    for step in steps:
        for official in officials:
            services.approve(round, step, actor=official)


def test_before_publication_there_are_no_files_and_after_it_anybody_recounts_them(client, tmp_path: Path):
    round, code, officials = _published()
    first, second, _ = codes(round)
    assert client.get(_url(round)).status_code == 404
    _approve(round, officials, Approval.Stage.CERTIFY)
    assert client.get(_url(round)).status_code == 404
    _approve(round, officials, Approval.Stage.PUBLISH)

    file = client.get(_url(round)).content

    recount = tally.greedy(pabulib.read(file).election, tie=tally.TieRule(seed="seed"), threshold=1)
    assert recount.funded == (first, second)
    path = tmp_path / "round.pb"
    path.write_bytes(file)
    script = Path(tally.__file__).with_name("recount.py")
    by_script = subprocess.run(
        [sys.executable, str(script), str(path), "greedy", "seed=seed", "threshold=1"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert by_script.index(first) < by_script.index(second)
    # A voter finds their ballot by the reference that their code yields, and the file is the same each time.
    assert sealing.references(code, round.slug).ballot_ref.hex().encode() in file
    assert client.get(_url(round)).content == file
    assert b";".join([b"num_votes", b"0"]) in client.get(_url(round, "outside")).content


def test_without_references_ballots_are_numbered_by_what_is_on_them():
    round = make_inclusion_only_vote()
    first, second = codes(round)
    for chosen in ((second,), (first, second), (first,)):
        cast_by(voter_of(round), *chosen)
    services.count(end_voting(round))
    rules = ruleset.read(round.poll.rules)

    file = b"".join(bundles.ballot_file(round, rules, rules.ballot_styles[0], "inside")).decode()

    votes = file.split("VOTES\n")[1].splitlines()
    assert votes == ["voter_id;vote", f"1;{first},{second}", f"2;{first}", f"3;{second}"]
    assert "num_votes;3\n" in file
