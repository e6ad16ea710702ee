"""The project list on the ballot page: order, search, filters, and the response to a selection."""

import re

import pytest
from django.test import Client

from rounds.models import Phase
from tests.factories import make_area, make_proposal, make_round
from tests.voting.pages import add, url
from tests.voting.votes import codes, fresh, make_vote
from voting.ballots import services as ballots_services
from voting.polls import services as polls_services

pytestmark = pytest.mark.django_db


def test_the_order_of_the_list_is_a_visitors_own_and_stays(client, round):
    big = make_vote(costs=[100] * 30)

    def order(visitor: Client, **query: str) -> list[str]:
        return re.findall(r'id="line-([^"]+)"', visitor.get(url("ballot", big), query).content.decode())

    other = Client()
    first = order(client)

    assert first == order(client)
    assert sorted(first) == sorted(order(other))
    assert first != order(other)
    assert order(client, sort="number") == codes(big)


def test_filters_narrow_the_list(client):
    round = make_round(open=Phase.Kind.VOTING, budget_minor=1000)
    here = make_area(round.authority.area, name={"en": "Here"})
    bench = make_proposal(
        round, state="feasible", title="A bench", body="", area=here, reviewed_cost_minor=100
    )
    lamp = make_proposal(round, state="feasible", title="A lamp", body="", reviewed_cost_minor=500)
    tree = make_proposal(round, state="feasible", title="A tree", body="", reviewed_cost_minor=900)
    polls_services.draw_up_ballot_styles(round, actor=None)
    ballots_services.freeze_rules(round, actor=None)
    round = fresh(round)
    add(client, round, tree.code)

    def found(**query: str) -> set[str]:
        page = client.get(url("ballot", round), query)
        assert page.status_code == 200
        return set(re.findall(r'id="line-([^"]+)"', page.content.decode()))

    assert found(q="BENCH") == {bench.code}
    assert found(q=lamp.code) == {lamp.code}
    assert found(area=here.code) == {bench.code}
    assert found(category=lamp.category.slug) == {lamp.code}
    assert found(picked="on") == {tree.code}
    assert found(q="nothing") == set()
    assert found(area="nowhere", ballot_style="1", sort="x") == {bench.code, lamp.code, tree.code}
    assert client.get(url("ballot", round), {"paper": "9"}).status_code == 404


def test_a_change_by_htmx_answers_with_the_line_and_the_bar(client, round):
    first, *_ = codes(round)

    answer = client.post(
        url("basket", round), {"paper": 1, "add": first}, headers={"HX-Request": "true"}
    ).content.decode()

    assert f'id="line-{first}"' in answer
    assert 'hx-swap-oob="true"' in answer
    assert "1 project, ₩600 of ₩700" in answer
    assert "<html" not in answer


def test_points_and_ranking_are_given_on_the_pages(client):
    points = make_vote(ballot_style={"kind": "cumulative", "points": 10})
    ranking = make_vote(ballot_style={"kind": "ordinal", "max_choices": 3})
    first, second, _ = codes(points)
    one, two, _ = codes(ranking)

    add(client, points, first, **{f"points-{first}": "4"})
    add(client, points, second, **{f"points-{second}": "7"})
    over = client.get(url("ballot", points)).content.decode()
    add(client, ranking, one, two)
    client.post(url("basket", ranking), {"paper": 1, "up": two})
    order = re.findall(r'id="line-([^"]+)"', client.get(url("review", ranking)).content.decode())

    assert "1 points too many" in over
    assert order == [two, one]
