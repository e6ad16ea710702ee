"""Access to figures by tier: a commune its own, a province its communes' in counts, the centre totals."""

from dataclasses import dataclass

import pytest
from django.test import Client

from authorities.models import Authority
from identity.models import Account
from identity.roles import Role
from places.services import load_areas
from places.trees import AreaRecord
from proposals.lifecycle import State
from rounds.models import Phase, Round
from tests.factories import make_authority, make_category, make_official, make_proposal, make_round
from tests.voting.votes import cast_by, codes, make_vote, voter_of

pytestmark = pytest.mark.django_db

CANARY_DRAFT = "A draft nobody above may read"
CANARY_NAME = "Resident Canary"


@dataclass
class Tiers:
    """The centre, two provinces, and in each two communes with a round each."""

    authorities: dict[str, Authority]
    rounds: dict[str, Round]
    officials: dict[str, Account]


@pytest.fixture
def tiers() -> Tiers:
    areas = load_areas(
        [
            AreaRecord("VN", "VN", "country", {"en": "Viet Nam"}),
            AreaRecord("VN", "01", "province", {"en": "North"}),
            AreaRecord("VN", "48", "province", {"en": "South"}),
            AreaRecord("VN", "0101", "commune", {"en": "North one"}, "01"),
            AreaRecord("VN", "0102", "commune", {"en": "North two"}, "01"),
            AreaRecord("VN", "4801", "commune", {"en": "South one"}, "48"),
            AreaRecord("VN", "4802", "commune", {"en": "South two"}, "48"),
        ],
        actor=None,
    )
    names = ("centre", "north", "south", "north-one", "north-two", "south-one", "south-two")
    authorities = {
        name: make_authority(
            slug=name, area=area, currency="VND", time_zone="Asia/Ho_Chi_Minh", name={"en": f"Town {name}"}
        )
        for name, area in zip(names, areas, strict=True)
    }
    rounds = {}
    for name in names[3:]:
        authority = authorities[name]
        round = make_round(
            authority, open=Phase.Kind.DECISION, title={"en": f"Budget of {name}"}, budget_minor=9_000
        )
        category = make_category(authority)
        for state in (State.ADOPTED, State.NOT_ADOPTED, State.PENDING):
            make_proposal(round, state=state, category=category, reviewed_cost_minor=4_000) if state in (
                State.ADOPTED,
                State.NOT_ADOPTED,
            ) else make_proposal(round, state=state, category=category)
        author = make_official(authority, Role.CLERK, display_name=CANARY_NAME)
        make_proposal(round, state=State.DRAFT, category=category, title=CANARY_DRAFT, author=author)
        rounds[name] = round
    officials = {
        name: make_official(authority, Role.AUTHORITY_ADMIN) for name, authority in authorities.items()
    }
    return Tiers(authorities, rounds, officials)


def _client(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def _overview(tiers: Tiers, reader: str, whose: str = "") -> str:
    answer = _client(tiers.officials[reader]).get(f"/{whose or reader}/desk/rollup/")
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


@pytest.mark.parametrize("reader", ["centre", "north", "south", "north-one", "south-two"])
def test_every_tier_sees_only_what_lies_below_it(tiers, reader):
    page = _overview(tiers, reader)
    data = _client(tiers.officials[reader]).get(f"/{reader}/desk/rollup.json").json()

    below = {"north": {"north-one", "north-two"}, "south": {"south-one", "south-two"}}.get(reader, set())
    for name in tiers.rounds:
        assert (f"Budget of {name}" in page) == (name in below), name
        assert (f"Town {name}" in page.partition("<main")[2].partition("</main>")[0]) == (name in below), name
    assert {line["round"] for line in data["lines"]} == (
        {tiers.rounds[name].slug for name in below} or ({None} if reader == "centre" else set())
    )
    for secret in (CANARY_DRAFT, CANARY_NAME):
        assert secret not in page


def test_a_province_sees_counts_and_money_of_each_round(tiers):
    lines = _client(tiers.officials["north"]).get("/north/desk/rollup.json").json()["lines"]

    assert [
        (line["submitted"], line["adopted"], line["adopted_minor"], line["budget_minor"]) for line in lines
    ] == [(3, 1, 4_000, 9_000)] * 2


def test_the_centre_sees_one_line_of_totals_for_each_province(tiers):
    lines = _client(tiers.officials["centre"]).get("/centre/desk/rollup.json").json()["lines"]

    keys = ("authorities", "rounds", "submitted", "adopted", "adopted_minor", "budget_minor", "round")
    assert [(line["place"]["en"], *(line[key] for key in keys)) for line in lines] == [
        ("North", 2, 2, 6, 2, 8_000, 18_000, None),
        ("South", 2, 2, 6, 2, 8_000, 18_000, None),
    ]


# Pages of an authority that nobody above, below or next to it can open.
DATASETS = ["rollup/", "rollup.json", "queue/", "roles/", "verify/", "register/", "", "{round}/report/"]


@pytest.mark.parametrize("dataset", DATASETS)
def test_t26_no_tier_opens_another_authoritys_desk(tiers, dataset):
    opened = {}
    for reader, account in tiers.officials.items():
        client = _client(account)
        for whose in tiers.authorities:
            round = tiers.rounds.get(whose)
            if "{round}" in dataset and round is None:
                continue
            path = f"/{whose}/desk/{dataset.format(round=round.slug if round else '')}"
            opened[reader, whose] = client.get(path).status_code

    leaks = {pair: status for pair, status in opened.items() if pair[0] != pair[1] and status != 404}
    assert leaks == {}
    assert all(status != 404 for pair, status in opened.items() if pair[0] == pair[1])


@pytest.mark.parametrize("reader", ["centre", "north", "south"])
def test_no_page_search_or_api_gives_a_draft_or_a_pending_text_to_a_tier_above(tiers, reader):
    client = _client(tiers.officials[reader])
    for name, round in tiers.rounds.items():
        draft = round.proposals.get(state=State.DRAFT)
        pending = round.proposals.get(state=State.PENDING)
        here = f"/{name}/{round.slug}"
        for path in (
            f"{here}/drafts/{draft.pk}/",
            f"{here}/proposals/{pending.code}/",
            f"/api/v1/rounds/{round.full_slug}/proposals/{pending.code}/",
        ):
            assert client.get(path).status_code == 404, path
        for path in (
            f"{here}/proposals/?q=draft",
            f"{here}/",
            f"/{name}/",
            f"/api/v1/rounds/{round.full_slug}/proposals/",
        ):
            answer = client.get(path)
            assert answer.status_code == 200
            assert CANARY_DRAFT not in answer.content.decode(), path
            assert CANARY_NAME not in answer.content.decode(), path


def test_few_ballots_are_told_together_so_that_nobody_is_found_by_subtraction(tiers):
    """Twelve voted in one commune, one in another: told alone, the twelve would give the one away."""
    counts = {"north-one": 12, "north-two": 1}
    for name, n in counts.items():
        round = make_vote(authority=tiers.authorities[name], title={"en": f"Vote of {name}"})
        (first, *_) = codes(round)
        for _ in range(n):
            cast_by(voter_of(round), first)

    data = _client(tiers.officials["north"]).get("/north/desk/rollup.json").json()
    page = _overview(tiers, "north")

    # Rounds without any ballot say so; neither of the two others is shown alone.
    assert sorted(line["ballots"] for line in data["lines"] if line["ballots"] is not None) == [0, 0]
    assert [line["ballots"] for line in data["lines"]].count(None) == 2
    assert data["merged_ballots"] == 13
    assert "These places have 13 ballots in total" in page


def test_an_unpublished_round_is_nobody_elses(tiers):
    make_round(tiers.authorities["north-one"], title={"en": "Not yet public"}, published_at=None)

    assert "Not yet public" not in _overview(tiers, "north")
    assert "Budget of north-one" in _overview(tiers, "north")


def test_ten_rounds_take_as_many_queries_as_two(tiers, django_assert_num_queries):
    client = _client(tiers.officials["north"])
    client.get("/north/desk/rollup/")
    with django_assert_num_queries(8):
        client.get("/north/desk/rollup/")

    for _ in range(8):
        make_round(tiers.authorities["north-one"], open=Phase.Kind.DECISION)

    with django_assert_num_queries(8):
        client.get("/north/desk/rollup/")


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.OBSERVER, 200), (Role.COUNCIL_STAFF, 200), (Role.MODERATOR, 403), (Role.CLERK, 403)],
)
def test_which_roles_see_the_rollup_and_observe_a_round(tiers, role, status):
    client = _client(make_official(tiers.authorities["north-one"], role))
    round = tiers.rounds["north-one"]

    assert client.get("/north-one/desk/rollup/").status_code == status
    assert client.get(f"/north-one/desk/{round.slug}/observer/").status_code == status
    assert client.get(f"/north/desk/{round.slug}/observer/").status_code == 404


def test_an_observer_sees_states_counts_and_events_and_no_person():
    round = make_vote()
    observer = make_official(round.authority, Role.OBSERVER)
    voter = voter_of(round)
    cast_by(voter, codes(round)[0])

    page = _client(observer).get(f"/{round.authority.slug}/desk/{round.slug}/observer/").content.decode()

    main = page.partition("<main")[2]
    for words in ("voting.rules_frozen", "Rules and ballot frozen", "Ballots in the box", "Not yet"):
        assert words in main
    for event in ("identity.", "Resident", "@example.org", voter.person_id, voter.tag.hex()):
        assert event not in main
    assert _client(observer).post(f"/{round.authority.slug}/desk/{round.slug}/close/").status_code in (
        403,
        404,
    )
