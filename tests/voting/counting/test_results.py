"""Sentences on the results page: who won and why, the distribution, and outcomes under other rules."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from identity.roles import Role
from rounds.models import Round
from tests.factories import make_account, make_area, make_official, make_person
from tests.voting.letters import voted
from tests.voting.votes import cast_by, codes, end_voting, fresh, make_vote, make_vote_of_ages, voter_of
from voting.counting import services
from voting.counting.models import Tally

pytestmark = pytest.mark.django_db


def _counted(**rule: Any) -> tuple[Round, dict[str, str]]:
    """A counted round: most votes first funds A and B, equal shares B and C."""
    round, by_letter = voted(rule)
    services.count(round)
    return fresh(round), by_letter


def _page(client: Client, round: Round, **asked: str) -> str:
    url = reverse("voting:results", args=[round.authority.slug, round.slug])
    text: str = client.get(url, asked, headers={"accept-language": "en"}).content.decode()
    return re.sub(r"\s+", " ", text).replace("\u00a0", " ")


def test_a_price_a_reason_a_rival_and_the_smallest_change_are_told(client: Client):
    round, by_letter = _counted(rule="equal-shares")

    page = _page(client, round)

    # B costs each of its three voters 100: 3 effective votes. C costs both of its voters all 200.
    assert (
        "Bought in step 1 with 3 effective votes: each supporter paid ₩100, or all they had left."
    ) in page
    assert "It needed ₩900; the voters who chose it had ₩500 left between them." in page
    assert "The money went to:" in page
    assert "(3 voters chose both)" in page
    assert "The voters who chose it had too little money left: 1" in page
    assert "No votes: 1" in page
    figures = Tally.objects.get(ballot_style__round=round, is_decisive=True).outcome["figures"]
    assert figures["not_funded"][by_letter["A"]]["lost_to"] == [[by_letter["B"], 3]]


def test_most_votes_first_and_equal_shares_stand_side_by_side_whichever_decides(client: Client):
    by_votes, one = _counted(rule="greedy")
    by_shares, two = _counted(rule="equal-shares")

    (shares,) = Tally.objects.get(ballot_style__round=by_votes, is_decisive=True).outcome["figures"]["beside"]
    (votes,) = Tally.objects.get(ballot_style__round=by_shares, is_decisive=True).outcome["figures"]["beside"]

    # Three voters have two of their projects by votes and one by shares, one has one and none; two gain.
    assert (shares["rule"], shares["only_here"], shares["only_decisive"]) == (
        "equal-shares",
        [one["C"]],
        [one["A"]],
    )
    assert (shares["cost"], shares["served"], shares["better_off"], shares["worse_off"]) == (700, 5, 2, 4)
    assert (votes["rule"], votes["only_here"], votes["only_decisive"]) == ("greedy", [two["A"]], [two["C"]])
    assert (votes["cost"], votes["served"], votes["better_off"], votes["worse_off"]) == (1200, 4, 4, 2)
    page = _page(client, by_votes)
    assert "For analysis only. The rule that decides was published before the vote." in page
    assert "5 of 6 (83%)" in page
    assert "4 of 6 (66%)" in page


def test_neither_of_the_two_is_left_out_where_a_third_rule_decides():
    round, _ = _counted(rule="phragmen")

    figures = Tally.objects.get(ballot_style__round=round, is_decisive=True).outcome["figures"]

    assert [each["rule"] for each in figures["beside"]] == ["greedy", "equal-shares"]


def test_a_project_is_found_by_words_and_nothing_typed_breaks_the_page(client: Client):
    round, by_letter = _counted(rule="greedy")

    found = _page(client, round, q=by_letter["C"].lower())
    nothing = _page(client, round, q="no such project")
    long = _page(client, round, q="x" * 61)

    assert "1 project found" in found
    assert "not funded" in found.split("1 project found")[1].split("</section>")[0]
    assert "0 projects found" in nothing
    assert "projects found" not in long
    assert "2 projects are funded" in long


def test_many_projects_stand_in_short_rows_folded_behind_the_first_twenty(client: Client):
    round = make_vote(costs=[10] * 30, ballot_style={"max_choices": 30}, budget_minor=250)
    cast_by(voter_of(round), *codes(round))
    services.count(end_voting(round))

    page = _page(client, round)

    # 25 of 30 are funded, all of them by lot; the twenty-first row is in a collapsible list.
    assert page.count('<details class="pb-result">') == 30
    assert "5 more funded projects" in page
    assert page.index("5 more funded projects") > page.index("pb-results")
    assert page.split("5 more funded projects")[0].count('<details class="pb-result">') == 20
    assert "Not enough money left when its turn came: 5" in page


def test_the_page_asks_as_many_questions_for_many_projects_as_for_few(client: Client):
    def asked(n: int) -> int:
        round = make_vote(costs=[10] * n, budget_minor=50)
        cast_by(voter_of(round), codes(round)[0])
        services.count(end_voting(round))
        _page(client, round)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            _page(client, round)
        return len(queries)

    assert asked(3) == asked(12)


def test_small_groups_of_voters_are_told_of_together_only(client: Client):
    round = make_vote_of_ages()

    services.count(end_voting(round))

    figures = Tally.objects.get(ballot_style__round=round, is_decisive=True).outcome["figures"]
    # Three are too few, and the total would reveal them: the next group joins them.
    assert figures["by_group"]["age_group"] == [
        {"key": "35-49", "voters": 12, "served": 12, "money": 600},
        {"key": None, "voters": 14, "served": 14, "money": 300},
    ] or figures["by_group"]["age_group"] == [
        {"key": None, "voters": 14, "served": 14, "money": 300},
        {"key": "35-49", "voters": 12, "served": 12, "money": 600},
    ]
    # Everybody lives in one area: a row per area would add nothing.
    assert "area" not in figures["by_group"]
    page = _page(client, round)
    assert "35 to 49" in page
    assert "65 and over" not in page
    assert "Others, combined" in page


def test_voters_are_told_of_by_where_they_live_beside_the_projects_there(client: Client):
    round = make_vote(costs=(600, 300))
    first, second = codes(round)
    areas = [make_area(round.authority.area) for _ in range(2)]
    for area in areas:
        for _ in range(10):
            account = make_account()
            make_person(round.authority, account, area=area)
            cast_by(voter_of(round, account), first, second)

    services.count(end_voting(round))

    page = _page(client, round)
    assert areas[0].name["en"] in page
    assert "10 of 20 (50%)" in page
    assert "The whole area" in page


def test_machines_get_the_same_once_two_officials_have_certified(client: Client):
    round, by_letter = _counted(rule="equal-shares")
    url = f"/api/v1/rounds/{round.full_slug}/results/"
    before = client.get(url).status_code
    for role in (Role.BUDGET_OFFICER, Role.AUTHORITY_ADMIN):
        services.certify(round, actor=make_official(round.authority, role))

    (ballot_style,) = client.get(url).json()["papers"]

    assert before == 404
    rows = {row["code"]: row for row in ballot_style["projects"]}
    assert rows[by_letter["B"]]["why"]["params"] == {
        "step": 1,
        "score": 3,
        "votes": 3,
        "cost": 300,
        "left": 1200,
        "effective_votes": "3",
        "price": 100,
    }
    assert rows[by_letter["A"]]["lost_to"] == [{"code": by_letter["B"], "shared": 3}]
    assert rows[by_letter["A"]]["change"]["code"] != "none"
    assert (ballot_style["voters"], ballot_style["served"]) == (6, 5)
    assert [each["rule"] for each in ballot_style["beside"]] == ["greedy"]
    assert ballot_style["recount"].startswith("equal-shares tie=cheaper seed=seed")
    assert ballot_style["by_category"][0]["funded"] == 2
