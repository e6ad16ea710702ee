"""The list and the API find the same proposals for the same words."""

from datetime import date

import pytest
from django.test import Client

from authorities.models import Authority
from places.models import Succession
from proposals.lifecycle import State
from proposals.models import Proposal
from rounds.models import Round
from tests.factories import make_area, make_category, make_proposal, make_round

pytestmark = pytest.mark.django_db

MERGED_ON = date(2020, 1, 1)


@pytest.fixture
def written(round: Round, authority: Authority) -> Round:
    """A round with proposals for an old place, the place that took it over, another one, and no place."""
    place = authority.area.children.get()
    old = make_area(authority.area, code="0001", valid_until=MERGED_ON)
    Succession.objects.create(predecessor=old, successor=place, on=MERGED_ON)
    parks, roads = authority.categories.get(slug="parks"), make_category(authority, slug="roads")
    make_proposal(round, code="HERE-1", area=old, category=parks, requested_cost_minor=1_000_000)
    make_proposal(
        round,
        code="HERE-2",
        area=place,
        category=roads,
        state=State.FEASIBLE,
        requested_cost_minor=9_000_000,
        reviewed_cost_minor=2_000_000,
    )
    make_proposal(
        round,
        code="HERE-3",
        area=make_area(authority.area, code="0003"),
        category=parks,
        track="youth",
        title="A lamp for HERE-1",
        body="",
        requested_cost_minor=3_000_000,
    )
    make_proposal(
        round, code="HERE-4", category=roads, title="그늘막", body="", requested_cost_minor=4_000_000
    )
    # Nothing of this is public or of this round.
    make_proposal(round, state=State.PENDING, area=old, category=parks)
    make_proposal(make_round(authority), category=parks)
    return round


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("q=bench", [1, 2]),
        ("q=그늘", [4]),
        # The proposal with that number, not those that speak of it.
        ("q=here-1", [1]),
        ("category=parks", [1, 3]),
        ("state=feasible", [2]),
        ("state=withdrawn", []),
        ("track=youth", [3]),
        ("area=1168064000", [1, 2]),
        ("area=0001", [1]),
        ("area=0003", [3]),
        ("area=whole", [4]),
        ("cost_from=2000000", [2, 3, 4]),
        ("cost_to=3000000", [1, 2, 3]),
        ("cost_from=2000000&cost_to=3000000&category=parks", [3]),
        ("area=1168064000&q=bench&category=parks&state=published", [1]),
    ],
)
def test_the_list_and_the_api_find_the_same(
    query: str, numbers: list[int], written: Round, django_assert_max_num_queries
):
    page = Client().get(f"/here/here-2026/proposals/?{query}")
    with django_assert_max_num_queries(10):
        answer = Client().get(f"/api/v1/rounds/here/here-2026/proposals/?{query}")

    expected = [f"HERE-{number}" for number in numbers]
    assert sorted(card.proposal.code for card in page.context["cards"]) == expected
    assert [row["code"] for row in answer.json()["results"]] == expected
    assert (page.context["page"].paginator.count, answer.json()["count"]) == (len(expected), len(expected))


def test_a_place_or_category_that_the_round_does_not_know_finds_nothing_in_the_api(written: Round):
    for query in ("area=9999", "category=nonsense"):
        assert Client().get(f"/api/v1/rounds/here/here-2026/proposals/?{query}").json()["count"] == 0


@pytest.mark.parametrize("cost", ["-1", "many", "", "1.5", str(2**63)])
def test_a_cost_that_is_none_is_refused_by_name_in_the_api_and_passed_over_on_the_page(
    cost: str, written: Round
):
    answer = Client().get("/api/v1/rounds/here/here-2026/proposals/", {"cost_from": cost})
    page = Client().get("/here/here-2026/proposals/", {"cost_from": cost})

    assert (answer.status_code, list(answer.json())) == (400, ["cost_from"])
    assert len(page.context["cards"]) == Proposal.objects.filter(round=written).public().count()
