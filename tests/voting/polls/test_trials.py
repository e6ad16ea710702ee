"""Trying the rules before the vote: made-up ballots, files, and nothing stored."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Event
from identity.roles import Role
from tests.factories import make_official, make_round
from tests.voting.votes import codes, make_vote
from voting import tally
from voting.ballots.models import BallotBox, FinalBallot
from voting.counting.models import Tally
from voting.polls import problems, services, trials

pytestmark = pytest.mark.django_db

PB = b"""META
key;value
description;A small vote
country;Nowhere
unit;Here
instance;2025
num_projects;3
num_votes;5
budget;1000
vote_type;approval
rule;greedy
date_begin;01.01.2025
date_end;02.01.2025
max_length;3
PROJECTS
project_id;cost;name
big;900;The big one
left;100;Left
right;100;Right
VOTES
voter_id;vote
1;big
2;big
3;big
4;left,right
5;left,right
"""


def _url(round) -> str:
    return reverse("voting:desk_trial", args=[round.authority.slug, round.slug])


def _officer(round) -> Client:
    client = Client()
    client.force_login(make_official(round.authority, Role.BUDGET_OFFICER))
    return client


@pytest.mark.parametrize(
    "ballot_style",
    [
        {"max_choices": 3},
        {"max_choices": 3, "min_choices": 3},
        {"kind": "knapsack", "ballot_budget_minor": 700},
        {"kind": "cumulative", "points": 7, "points_per_project": 3},
        {"kind": "ordinal", "max_choices": 3},
    ],
)
def test_made_up_ballots_could_all_be_cast_and_come_again_with_their_seed(ballot_style):
    round = make_vote(costs=(600, 300, 300, 200, 100), freeze=False, ballot_style=ballot_style)
    rules = services.rules_as_they_stand(round)
    (sheet,) = rules.ballot_styles

    ballots = trials.made_up_ballots(sheet, 50, "seed")

    assert len(ballots) == 50
    assert [sheet.problems(ballot) for ballot in ballots] == [()] * 50
    assert ballots == trials.made_up_ballots(sheet, 50, "seed")
    assert ballots != trials.made_up_ballots(sheet, 50, "another")
    assert len({str(ballot) for ballot in ballots}) > 1


def test_made_up_ballots_keep_the_limit_of_each_category():
    round = make_vote(costs=(600, 300, 300, 200), freeze=False)
    ballot_style = round.ballot_styles.get()
    category = ballot_style.projects.first().category.slug
    services.change_ballot_style(ballot_style, actor=None, max_per_category={category: 1}, max_choices=3)
    (sheet,) = services.rules_as_they_stand(round).ballot_styles

    ballots = trials.made_up_ballots(sheet, 30, "seed")

    assert {len(ballot) for ballot in ballots} == {1}


def test_rules_are_set_side_by_side_and_differ_where_they_should():
    round = make_vote(freeze=False)
    rules = services.rules_as_they_stand(round)

    trial = trials.try_rules(tally.pabulib.read(PB).election, rules)

    # Most votes first: big has three votes and costs 900; one of the two others still fits. By votes per cost
    # the two others come first, and then big does not fit. With 200 for each voter, the two who chose left
    # and right buy both; the three cannot buy big, however much both shares are raised to 333 each.
    names = [result.rule for result in trial.results]
    assert names == ["greedy", "votes-per-cost", "equal-shares-add1"]
    funded = dict(zip(names, (result.funded for result in trial.results), strict=True))
    assert len(funded["greedy"]) == 2
    assert "big" in funded["greedy"]
    assert funded["votes-per-cost"] == {"left", "right"}
    assert funded["equal-shares-add1"] == {"left", "right"}
    assert [result.represented for result in trial.results] == [5, 2, 2]
    assert [result.is_own for result in trial.results] == [True, False, False]
    assert trial.n_disputed == 2
    assert trial.n_ballots == 5


def test_the_officer_tries_rules_on_made_up_ballots_and_nothing_is_stored():
    round = make_vote(freeze=False)
    client = _officer(round)
    before = Event.objects.count()
    asked = {"paper": "1", "ballots": "40", "seed": "spring"}

    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.post(_url(round), asked)

    text = page.content.decode()
    assert page.status_code == 200
    assert "A trial with 40 simulated ballots (seed spring). No vote was stored." in text
    assert all(code in text for code in codes(round))
    assert text.count("Trial: ") == 2
    wrote = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "DELETE"))]
    assert [sql for sql in wrote if "session" not in sql] == []
    assert (BallotBox.objects.count(), FinalBallot.objects.count(), Tally.objects.count()) == (0, 0, 0)
    assert Event.objects.count() == before


def test_the_officer_tries_rules_on_a_file():
    round = make_vote(freeze=False)
    file = SimpleUploadedFile("earlier.pb", PB)

    page = _officer(round).post(_url(round), {"paper": "1", "ballots": "10", "seed": "x", "file": file})

    text = page.content.decode()
    assert page.status_code == 200
    assert "A trial with 5 ballots from the file" in text
    assert "The big one" in text


def test_a_file_that_cannot_be_read_is_refused_with_its_line():
    round = make_vote(freeze=False)
    broken = SimpleUploadedFile("broken.pb", PB.replace(b"1;big", b"1;nothing", 1))

    page = _officer(round).post(_url(round), {"paper": "1", "ballots": "10", "seed": "x", "file": broken})

    assert page.status_code == 422
    said = html.unescape(page.content.decode())
    assert "line 22, column 3: the project 'nothing' is not in the PROJECTS section" in said


def test_what_is_wrong_with_a_file_is_said_in_the_readers_language(monkeypatch):
    catalogue = {"the project '%(project)s' is not in the PROJECTS section": "%(project)s: 목록에 없습니다"}
    monkeypatch.setattr(problems.translation, "gettext", catalogue.__getitem__)

    with pytest.raises(tally.pabulib.PbError) as refused:
        tally.pabulib.read(PB.replace(b"1;big", b"1;nothing", 1))

    assert problems.of_file(refused.value) == "nothing: 목록에 없습니다"
    assert (refused.value.code, refused.value.line, refused.value.column) == ("unknown_project", 22, 3)


def test_before_a_ballot_style_is_drawn_up_there_is_nothing_to_try_and_strangers_see_no_page():
    round = make_round()
    drawn = make_vote(freeze=False)

    early = _officer(round).get(_url(round))

    assert early.status_code == 200
    assert "is not ready yet" in early.content.decode()
    assert _officer(round).get(_url(drawn)).status_code == 404
