"""After an area was renamed, merged or divided, attached rows follow the successor, without guessing."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from authorities.services import reorganise_areas
from identity.verification import selectors, services
from identity.verification.exceptions import AreaDivided
from identity.verification.models import Identity, Person
from places.models import Area
from places.selectors import sole_area_in_place_of
from places.trees import AreaRecord
from proposals import selectors as proposals
from proposals import services as texts
from proposals.exceptions import PlaceDivided
from proposals.models import Proposal
from reports.assembly import report_of
from rounds.models import Act, Phase, Residency
from tests import factories
from tests.voting.votes import cast_by, codes, make_vote, voter_of
from voting.ballots.models import BallotBox
from voting.polls.models import Project
from voting.polls.services import BallotStylePlan, draw_up_ballot_styles


def _today(authority, *, days=0):
    return timezone.now().astimezone(ZoneInfo(authority.time_zone)).date() + timedelta(days=days)


def _record(authority, code):
    return AreaRecord(
        country="KR",
        code=code,
        kind="dong",
        name={"en": f"Dong {code}", "ko": f"{code}동"},
        parent=authority.area.code,
    )


def _reorganise(authority, ending, *codes, days=0):
    return reorganise_areas(
        ending, [_record(authority, code) for code in codes], on=_today(authority, days=days), actor=None
    )


@pytest.fixture
def round(db):
    return factories.make_round()


@pytest.fixture
def authority(round):
    return round.authority


@pytest.fixture
def dong(authority):
    return factories.make_area(authority.area, code="90001")


@pytest.fixture
def resident(authority, dong):
    account = factories.make_account()
    factories.make_person(authority, account, area=dong)
    return account


def _eligible(round, account, act=Act.PROPOSE):
    return selectors.require_eligible(round, account, act, now=timezone.now())


def test_a_person_of_a_renamed_or_merged_area_belongs_to_the_one_that_took_its_place(
    round, authority, dong, resident
):
    other = factories.make_area(authority.area, code="90002")
    assert _eligible(round, resident).area == dong
    (renamed,) = _reorganise(authority, [dong], "90003", days=-2)
    assert _eligible(round, resident).area == renamed
    (merged,) = _reorganise(authority, [renamed, other], "90004", days=-1)

    assert _eligible(round, resident).area == merged

    (state,) = (row for row in selectors.verifications_of(resident, now=timezone.now()) if row.person)
    assert (state.area, state.is_divided) == (merged, False)
    # The result of that time stays on record unchanged.
    assert Person.objects.get(account=resident).area == dong


def test_before_the_day_of_the_change_the_old_area_counts(round, authority, dong, resident):
    _reorganise(authority, [dong], "90003", days=7)

    assert _eligible(round, resident).area == dong


def test_a_person_of_a_divided_area_is_asked_and_then_belongs_where_they_say(
    round, authority, dong, resident, client
):
    person = Person.objects.get(account=resident)
    Person.objects.update(assurance=3)
    east, west = _reorganise(authority, [dong], "90003", "90004")
    with pytest.raises(AreaDivided):
        _eligible(round, resident)
    client.force_login(resident)
    assert "Your area was divided or dissolved" in client.get("/accounts/me/").text
    page = client.get(f"/{authority.slug}/{round.slug}/").text
    assert "Choose your area again under “My account”." in page
    assert '<a class="govuk-button" href="/accounts/me/">Confirm who you are</a>' in page

    # By a weaker way than before: that is enough to choose the area, and for nothing else.
    def say(area):
        services.verify(
            authority,
            identifier=b"x",
            kind=Identity.Kind.PHONE,
            account=resident,
            residency=Residency.RESIDENT,
            area=area,
            age_group="35-49",
            assurance=1,
            actor=None,
        )

    say(factories.make_area(authority.area, code="90009"))
    with pytest.raises(AreaDivided):
        _eligible(round, resident)
    say(west)

    assert _eligible(round, resident).area == west
    person.refresh_from_db()
    assert (person.assurance, person.area) == (3, west)
    say(east)
    assert _eligible(round, resident).area == west


def test_an_area_that_ended_without_a_successor_is_asked_about_too(round, authority, dong, resident):
    Area.objects.filter(pk=dong.pk).update(valid_until=_today(authority))

    with pytest.raises(AreaDivided):
        _eligible(round, resident)


def test_while_a_vote_is_open_areas_are_those_of_its_first_day(round, authority, dong, resident):
    factories.set_phase(round, Phase.Kind.VOTING)
    # It opened five days ago.
    _reorganise(authority, [dong], "90003", "90004", days=-1)
    assert _eligible(round, resident, Act.VOTE).area == dong

    earlier = factories.make_area(authority.area, code="90011")
    neighbour = factories.make_account()
    factories.make_person(authority, neighbour, area=earlier)
    (renamed,) = _reorganise(authority, [earlier], "90012", days=-10)
    assert _eligible(round, neighbour, Act.VOTE).area == renamed


def test_turnout_by_area_counts_a_ballot_under_the_area_that_took_the_voters_ones_place(db):
    vote = make_vote()
    authority = vote.authority
    dong = factories.make_area(authority.area, code="90001")
    account = factories.make_account()
    factories.make_person(authority, account, area=dong)
    (renamed,) = _reorganise(authority, [dong], "90003", days=-30)
    voter = voter_of(vote, account)
    cast_by(voter, codes(vote)[0])

    assert BallotBox.objects.get(round_id=vote.pk).area == renamed


def _draft(round, author, area):
    return texts.save_draft(
        round,
        author=author,
        title="A bench",
        body="By the stop.",
        category=factories.make_category(round.authority),
        area=area,
        requested_cost_minor=1_000_000,
        language="en",
    )


def test_a_proposal_is_handed_in_for_the_place_that_took_its_places_place(round, authority, dong, resident):
    draft = _draft(round, resident, dong)
    (renamed,) = _reorganise(authority, [dong], "90003", days=-1)

    assert proposals.places_to_choose(round, timezone.now()) == [renamed]
    assert texts.submit(draft, actor=resident).area == renamed
    assert draft.revisions.get().area == renamed


def test_a_draft_for_a_divided_place_is_asked_about_and_keeps_its_text(round, authority, dong):
    resident = factories.make_resident(authority)
    draft = _draft(round, resident, dong)
    east, _west = _reorganise(authority, [dong], "90003", "90004")
    with pytest.raises(PlaceDivided):
        texts.submit(draft, actor=resident)
    client = Client()
    client.force_login(resident)
    path = f"/{authority.slug}/{round.slug}/drafts/{draft.pk}/"

    page = client.get(path).text
    assert '<option value="" selected>The place was divided or dissolved. Choose again</option>' in page
    assert "Area 90001" not in page
    typed = {"title": "A bench", "body": "By the stop.", "category": draft.category_id, "language": "en"}
    typed |= {"requested_cost_minor": "1,000,000", "version": draft.version, "then": "preview"}
    refused = client.post(path, {**typed, "area": ""})
    assert refused.status_code == 422
    assert "Choose the place it is for, or the whole area." in refused.text
    assert client.post(path, {**typed, "area": east.pk}).status_code == 302

    assert texts.submit(Proposal.objects.get(), actor=resident).area == east


def test_lines_of_the_ballot_style_lie_where_their_places_are_now(round, authority, dong):
    other = factories.make_area(authority.area, code="90002")
    renamed_ones = factories.make_proposal(round, state="feasible", area=dong)
    divided_ones = factories.make_proposal(round, state="feasible", area=other)
    (renamed,) = _reorganise(authority, [dong], "90003", days=-1)
    _reorganise(authority, [other], "90004", "90005", days=-1)

    draw_up_ballot_styles(round, actor=None, plans=[BallotStylePlan(area=renamed), BallotStylePlan()])

    lines = {line.proposal: (line.ballot_style.area, line.area) for line in Project.objects.all()}
    assert lines == {renamed_ones: (renamed, renamed), divided_ones: (None, other)}


def test_figures_by_area_count_under_the_successor_and_leave_a_divided_place_by_itself(
    round, authority, dong
):
    divided = factories.make_area(authority.area, code="90002")
    factories.make_proposal(round, area=dong)
    factories.make_proposal(round, area=divided)
    _reorganise(authority, [dong], "90003", days=-20)
    _reorganise(authority, [divided], "90004", "90005", days=-20)

    rows = {row["code"]: row["submitted"] for row in report_of(round, now=timezone.now()).stored()["by_area"]}

    assert rows == {"90002": 1, "90003": 1, "90004": 0, "90005": 0}


def test_an_area_without_an_end_costs_no_query(authority, dong, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert sole_area_in_place_of(dong, _today(authority)) == dong
