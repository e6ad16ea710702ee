"""Public pages of a vote before its count: its rules, its turnout, and no project's votes."""

import hashlib
import re

import pytest
from django.test import Client

from tests.voting.pages import url
from tests.voting.votes import cast_by, codes, make_vote, voter_of

pytestmark = pytest.mark.django_db


def test_the_rules_are_published_as_they_were_hashed(client, round):
    text = client.get(url("rules_text", round)).content
    page = client.get(url("rules", round)).content.decode()

    assert hashlib.sha256(text).hexdigest() in page
    assert text.decode() == round.poll.rules


def test_t24_before_the_close_no_page_tells_how_often_a_project_was_chosen(client, round, resident):
    first, second, third = codes(round)
    client.force_login(resident)
    public = ("ballot", "results", "turnout", "turnout_data", "rules", "rules_text")

    def pages() -> list[tuple[int, int, str | None]]:
        visitor = Client()
        visitor.cookies["ballot_order"] = "0" * 16
        answers = [visitor.get(url(name, round)) for name in public]
        strip = [
            re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", answer.content) for answer in answers
        ]
        return [
            (answer.status_code, hash(content), answer.headers.get("ETag"))
            for answer, content in zip(answers, strip, strict=True)
        ]

    voters = [voter_of(round) for _ in range(3)]
    for voter in voters:
        cast_by(voter, first)
    before = pages()
    for voter in voters:
        cast_by(voter, second, third)

    assert pages() == before


def test_turnout_merges_small_groups(client):
    round = make_vote()
    for _ in range(12):
        cast_by(voter_of(round, channel="mobile"), codes(round)[0])
    for _ in range(3):
        cast_by(voter_of(round, channel="web"), codes(round)[0])

    page = client.get(url("turnout", round)).content.decode()

    assert client.get(url("turnout_data", round)).json() == {"ballots": 15}
    assert "on a phone" not in page
    assert "Other groups, too small to show" in page
