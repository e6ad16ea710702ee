"""The ballot page: navigation by area, comparison of two projects; drawing up several ballot styles."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from identity.roles import Role
from proposals.lifecycle import State
from rounds.models import Phase, Round
from tests.factories import (
    make_area,
    make_authority,
    make_category,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)
from tests.voting.votes import codes, make_vote, triggers_asleep, voter_of
from voting.ballots import sealing
from voting.ballots import services as ballots_services
from voting.ballots.models import BallotBox
from voting.ballots.selectors import stored_ballot
from voting.polls import services as polls_services
from voting.polls.models import BallotStyle

pytestmark = pytest.mark.django_db


def _url(name: str, round: Round, query: str = "") -> str:
    return reverse(f"voting:{name}", args=[round.authority.slug, round.slug]) + query


def _page(client: Client, round: Round, query: str = "") -> str:
    answer = client.get(_url("ballot", round, query))
    assert answer.status_code == 200
    return answer.content.decode()


# Comparison of two projects.


def test_two_projects_are_compared_without_script_and_chosen_there(client):
    round = make_vote(costs=(600, 300, 200))
    first, second, third = codes(round)

    listed = _page(client, round)
    waiting = _page(client, round, f"?paper=1&compare={first}")
    compared = _page(client, round, f"?paper=1&compare={first}&compare={second}")

    assert f"?paper=1&amp;compare={first}#compare" in listed
    assert "Comparison of two projects" not in waiting
    assert f"?paper=1&amp;compare={first}&amp;compare={third}#compare" in waiting
    table = compared[compared.index("pb-compare__table") : compared.index("Back to all projects")]
    assert table.count('scope="col"') == 2
    assert "₩600" in table
    assert "₩300" in table
    assert "₩200" not in table
    assert f'name="add" value="{second}"' in table
    back = f"{_url('ballot', round)}?paper=1&compare={first}&compare={second}"
    answer = client.post(_url("basket", round), {"paper": 1, "add": second, "back": back})
    assert answer["Location"].startswith(back)
    again = _page(client, round, f"?paper=1&compare={first}&compare={second}")
    assert f'name="remove" value="{second}"' in again[again.index("pb-compare__table") :]


@pytest.mark.parametrize("query", ["?compare=nothing", "?compare=&compare=", "?compare=" + "x" * 500])
def test_what_is_not_on_the_paper_is_not_compared(client, query):
    page = _page(client, make_vote(), query)

    assert 'id="compare"' not in page


def test_a_line_that_script_changes_keeps_what_it_is_compared_with(client):
    round = make_vote(costs=(600, 300, 200))
    first, second, _ = codes(round)
    back = f"{_url('ballot', round)}?paper=1&compare={first}"

    answer = client.post(
        _url("basket", round), {"paper": 1, "add": second, "back": back}, headers={"HX-Request": "true"}
    )

    assert f"compare={first}&amp;compare={second}#compare" in answer.content.decode()


# Areas.


@pytest.fixture
def placed() -> Round:
    """A round with projects in two mapped areas, in one unmapped area, and in none."""
    authority = make_authority()
    north = make_area(authority.area, latitude=Decimal("37.60"), longitude=Decimal("127.00"))
    south = make_area(authority.area, latitude=Decimal("37.40"), longitude=Decimal("127.10"))
    unknown = make_area(authority.area)
    round = make_round(authority, open=Phase.Kind.VOTING, budget_minor=1000)
    category = make_category(authority)
    for area in (north, south, south, unknown, None):
        make_proposal(round, state=State.FEASIBLE, category=category, area=area)
    polls_services.draw_up_ballot_styles(round, actor=None)
    ballots_services.freeze_rules(round, actor=None)
    return Round.objects.select_related("authority", "poll").get(pk=round.pk)


def test_areas_are_drawn_where_they_are_and_listed_where_that_is_not_known(client, placed):
    page = _page(client, placed, "?view=map")

    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert drawing.count("<circle") == 2
    # North is up, west is left; the longer dimension fills the drawing.
    north, south = (drawing.index(f">{n}</text>") for n in (1, 2))
    assert north < south
    assert 'cy="48"' in drawing
    assert 'cy="592"' in drawing
    tiles = page[page.index("pb-tiles") :]
    tiles = tiles[: tiles.index("</ul>")]
    # Three areas, one of them without a position on the map, and projects without an area.
    assert tiles.count("<li>") == 4
    assert "For the whole area" in tiles
    assert "http" not in drawing.replace("http://www.w3.org", "")


def test_an_area_on_the_map_leads_to_its_projects_in_the_list(client, placed):
    area = placed.authority.area.children.order_by("-latitude").exclude(latitude=None).last()

    filtered = _page(client, placed, f"?paper=1&area={area.code}")
    everywhere = _page(client, placed, "?paper=1&area=-")

    assert f"area={area.code}#projects" in _page(client, placed, "?view=map")
    assert filtered.count('<li class="pb-choice') == 2
    assert everywhere.count('<li class="pb-choice') == 1


def test_where_no_project_lies_in_an_area_there_is_no_map(client):
    round = make_vote()

    assert "view=map" not in _page(client, round)
    assert 'class="pb-map"' not in _page(client, round, "?view=map")


def test_the_list_asks_nothing_about_places(client, placed, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        _page(client, placed)


# Several ballot styles.


@pytest.fixture
def feasible() -> Round:
    """A round with feasible proposals but no ballot style: two in a dong, two everywhere, two categories."""
    authority = make_authority()
    dong = make_area(authority.area, name={"en": "First dong"})
    round = make_round(authority, open=Phase.Kind.REVIEW, budget_minor=1000)
    parks = make_category(authority, slug="parks", name={"en": "Parks"})
    roads = make_category(authority, slug="roads", name={"en": "Roads"})
    for area, category in ((dong, parks), (dong, roads), (None, parks), (None, roads)):
        make_proposal(round, state=State.FEASIBLE, category=category, area=area, reviewed_cost_minor=100)
    return round


def _officer(round: Round) -> Client:
    client = Client()
    client.force_login(make_official(round.authority, Role.BUDGET_OFFICER))
    return client


def _fields(**more: object) -> dict[str, object]:
    return {
        "action": "draw_up",
        "kind": "approval",
        "min_choices": 1,
        "max_choices": 2,
        "receipt_mode": "open",
        **more,
    }


def test_the_officer_draws_up_a_ballot_style_for_everybody_and_one_for_an_area_with_limits(feasible):
    client = _officer(feasible)
    (dong,) = feasible.authority.area.children.all()
    address = _url("desk_ballot_styles", feasible)

    offered = client.get(address).content.decode()
    answer = client.post(
        address, _fields(areas=[dong.pk], area_budget_minor=300, **{"most-parks": 1, "most-roads": ""})
    )

    assert "First dong" in offered
    assert "Maximum number of projects in “Parks”" in offered
    assert answer.status_code == 302
    everybody, own = BallotStyle.objects.order_by("number")
    assert (everybody.area, everybody.budget_minor, everybody.projects.count()) == (None, 700, 2)
    assert (own.area, own.budget_minor, own.projects.count()) == (dong, 300, 2)
    assert everybody.max_per_category == own.max_per_category == {"parks": 1}


def test_each_paper_is_changed_by_itself(feasible):
    client = _officer(feasible)
    (dong,) = feasible.authority.area.children.all()
    address = _url("desk_ballot_styles", feasible)
    client.post(address, _fields(areas=[dong.pk], area_budget_minor=300))

    changed = client.post(
        address,
        _fields(
            action="change",
            paper=2,
            kind="cumulative",
            points=5,
            allows_blank="on",
            **{"most-roads": 1, "budget_minor": 250},
        ),
    )

    assert changed["Location"] == f"{address}?paper=2"
    everybody, own = BallotStyle.objects.order_by("number")
    assert (everybody.kind, everybody.budget_minor, everybody.max_per_category) == ("approval", 700, {})
    assert (own.kind, own.points, own.budget_minor, own.allows_blank) == ("cumulative", 5, 250, True)
    assert own.max_per_category == {"roads": 1}
    page = client.get(f"{address}?paper=2").content.decode()
    assert 'name="paper" value="2"' in page


def test_sums_are_typed_as_the_currency_is_written_not_in_its_smallest_unit(feasible):
    Round.objects.filter(pk=feasible.pk).update(currency="THB", budget_minor=1_000_000)
    client = _officer(feasible)
    (dong,) = feasible.authority.area.children.all()
    address = _url("desk_ballot_styles", feasible)
    sums = {"area_budget_minor": "2,500.50", "ballot_budget_minor": "3,000"}

    client.post(address, _fields(kind="knapsack", areas=[dong.pk], **sums))

    everybody, own = BallotStyle.objects.order_by("number")
    assert (everybody.budget_minor, everybody.ballot_budget_minor) == (749_950, 300_000)
    assert (own.budget_minor, own.ballot_budget_minor) == (250_050, 250_050)
    page = client.get(address).content.decode()
    assert 'value="7,499.50"' in page
    assert 'value="3,000.00"' in page


def test_papers_together_decide_about_no_more_than_the_budget(feasible):
    client = _officer(feasible)
    (dong,) = feasible.authority.area.children.all()
    address = _url("desk_ballot_styles", feasible)

    for more, words in (
        ({"areas": [dong.pk]}, "Enter the budget that each area&#x27;s ballot decides about"),
        ({"areas": [dong.pk], "area_budget_minor": 1000}, "more than the budget of the round"),
        ({"budget_minor": 1001}, "more than the budget of the round"),
        ({"areas": [dong.pk], "area_budget_minor": 400, "budget_minor": 700}, "more than the budget"),
    ):
        answer = client.post(address, _fields(**more))
        assert answer.status_code == 422, more
        assert words in answer.content.decode(), more

    assert not BallotStyle.objects.exists()


def test_somebody_of_the_area_fills_in_both_papers_and_a_blank_one_without_script(feasible):
    client = _officer(feasible)
    (dong,) = feasible.authority.area.children.all()
    client.post(
        _url("desk_ballot_styles", feasible),
        _fields(areas=[dong.pk], area_budget_minor=300, allows_blank="on", **{"most-parks": 1}),
    )
    ballots_services.freeze_rules(feasible, actor=None)
    _open(feasible)
    account = make_resident(feasible.authority)
    account.persons.update(area=dong)
    voter = Client()
    voter.force_login(account)
    first, *_, last = codes(feasible)

    assert "First dong" in _page(voter, feasible)
    for ballot_style, code in ((1, first), (2, last)):
        voter.post(_url("basket", feasible), {"paper": ballot_style, "add": code})
    choices = {"choice-1": [first], "choice-2": [last]}
    code = sealing.show_code(sealing.new_code())
    cast = voter.post(_url("review", feasible), {**choices, "receipt_code": code})

    assert cast.status_code == 200
    me = voter_of(Round.objects.select_related("authority", "poll").get(pk=feasible.pk), account)
    assert stored_ballot(feasible, me.key, me.tag).choices == {1: [first], 2: [last]}
    again = sealing.show_code(sealing.new_code())
    assert voter.post(_url("review", feasible), {"receipt_code": again}).status_code == 200
    assert stored_ballot(feasible, me.key, me.tag).choices == {}
    assert BallotBox.objects.count() == 1


def _open(round: Round) -> None:
    with triggers_asleep():
        Phase.objects.filter(round=round, kind="voting").update(
            opens_at=timezone.now() - timedelta(days=1), closes_at=timezone.now() + timedelta(days=1)
        )
