"""An authority that became part of another: its open work is carried on, and its addresses stay."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from authorities.exceptions import AuthorityEnded
from authorities.models import Authority
from authorities.services import end_authority
from identity.models import Membership
from identity.roles import Permission, Role
from moderation.models import Decision
from moderation.services import open_case
from places import trees as areas
from places.models import Area
from places.selectors import areas_in_place_of, areas_with_history
from places.services import load_tree
from proposals.lifecycle import State
from reviews.models import Review
from reviews.selectors import ReviewCounts, review_counts
from reviews.services import assign_review
from rounds.models import Phase
from tests.factories import (
    make_account,
    make_authority,
    make_category,
    make_department,
    make_official,
    make_person,
    make_proposal,
    make_resident,
    make_round,
    set_phase,
)

pytestmark = pytest.mark.django_db
DAY = date(2025, 7, 1)


def _client(account):
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture(scope="module")
def _viet_nam(django_db_setup, django_db_blocker):
    """The 3,321 communes and their provinces, loaded once."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_tree(areas.vietnam(), actor=None)
        # Else every test would check them at its end.
        connection.check_constraints()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def merged(_viet_nam, db):
    """Quang Nam with an open round, and Da Nang, of whose area it became part on 1 July 2025."""
    quang_nam = make_authority(
        slug="quang-nam", name={"en": "Quang Nam"}, area=Area.objects.get(code="49"), currency="VND"
    )
    da_nang = make_authority(
        slug="da-nang",
        name={"en": "Da Nang"},
        area=Area.objects.get(code="48", kind="province"),
        currency="VND",
    )
    round = make_round(quang_nam, open=Phase.Kind.SUBMISSION)
    proposal = make_proposal(round, category=make_category(quang_nam), area=quang_nam.area)
    return quang_nam, da_nang, round, proposal


def test_open_work_of_quang_nam_follows_da_nang_and_old_links_go_on_working(merged):
    quang_nam, da_nang, round, proposal = merged
    case = open_case(make_proposal(round, state=State.PENDING, author=make_resident(quang_nam)))
    moderator = make_official(da_nang, Role.MODERATOR)
    links = [
        "/quang-nam/",
        f"/quang-nam/{round.slug}/",
        f"/quang-nam/{round.slug}/proposals/{proposal.code}/",
    ]
    assert _client(moderator).get("/quang-nam/desk/queue/").status_code == 404

    end_authority(quang_nam, into=da_nang, on=DAY, actor=None)

    client = _client(moderator)
    assert client.get("/quang-nam/desk/queue/").status_code == 200
    client.post(f"/quang-nam/desk/queue/{case.pk}/claim/")
    client.post(f"/quang-nam/desk/queue/{case.pk}/", {"outcome": "publish"})
    assert Decision.objects.get().case == case
    assert 'href="/quang-nam/desk/"' in client.get("/da-nang/desk/").content.decode()
    for link in links:
        assert Client().get(link).status_code == 200, link
    assert "this authority has been part of Da Nang" in Client().get("/quang-nam/").content.decode()
    assert 'href="/quang-nam/"' in Client().get("/da-nang/").content.decode()
    assert Event.objects.filter(action=Action.AUTHORITY_SUCCEEDED).count() == 1


def test_reviewers_of_the_successor_review_what_was_left_open_and_no_other_authoritys(merged):
    quang_nam, da_nang, round, proposal = merged
    set_phase(round, Phase.Kind.REVIEW)
    review = assign_review(proposal, department=make_department(quang_nam), actor=None)
    reviewer = make_official(da_nang, Role.REVIEWER, department=make_department(da_nang))
    stranger = make_official(
        elsewhere := make_authority(), Role.REVIEWER, department=make_department(elsewhere)
    )
    colleague = make_official(quang_nam, Role.REVIEWER, department=make_department(quang_nam))
    address = f"/quang-nam/desk/reviews/{review.pk}/"
    assert _client(reviewer).get(address).status_code == 404

    end_authority(quang_nam, into=da_nang, on=DAY, actor=None)

    quang_nam.refresh_from_db()
    assert review_counts(reviewer, quang_nam, timezone.now()) == ReviewCounts(open=1, late=0)
    assert "1 review is waiting" in _client(reviewer).get("/quang-nam/desk/reviews/").content.decode()
    assert not Review.objects.assigned_to(colleague, quang_nam).exists()
    assert not Review.objects.assigned_to(stranger, quang_nam).exists()
    assert not Review.objects.assigned_to(reviewer, da_nang).exists()
    done = _client(reviewer).post(address, {"conclusion": "feasible", "cost_minor": "4500000"})
    assert done["Location"] == "/quang-nam/desk/reviews/"
    review.refresh_from_db()
    assert review.concluded_by == reviewer


@pytest.mark.parametrize("permission", Permission)
def test_who_may_is_the_same_asked_of_one_account_and_of_all_roles(permission: Permission):
    into = make_authority()
    gone = make_authority(successor=into, ended_on=DAY)
    accounts = [
        make_official(where, role, department=make_department(where) if role == Role.REVIEWER else None)
        for where in (into, gone, make_authority())
        for role in Role
    ]
    Membership.objects.filter(role=Role.OBSERVER).update(ended_at=timezone.now(), end_reason="moved")
    Membership.objects.filter(role=Role.COUNCIL_STAFF).update(is_pending=True)

    for authority in (into, gone):
        giving = set(Membership.objects.giving(permission, authority).values_list("account", flat=True))

        assert giving == {account.pk for account in accounts if account.has_perm(permission, authority)}
        assert giving


def test_residents_go_on_in_the_round_they_are_verified_for(merged):
    quang_nam, da_nang, round, proposal = merged
    resident = make_account()
    make_person(quang_nam, resident)
    end_authority(quang_nam, into=da_nang, on=DAY, actor=None)

    answer = _client(resident).post(
        f"/quang-nam/{round.slug}/proposals/{proposal.code}/comment/",
        {"comment-text": "Still a good idea.", "comment-language": "en"},
    )

    assert answer.status_code == 302
    assert proposal.comments.get().text == "Still a good idea."


def test_the_predecessors_officials_reach_nothing_of_the_successor_and_strangers_reach_neither(merged):
    quang_nam, da_nang, _round, _proposal = merged
    old, stranger = (
        make_official(quang_nam, Role.MODERATOR),
        make_official(make_authority(), Role.MODERATOR),
    )

    end_authority(quang_nam, into=da_nang, on=DAY, actor=None)

    assert _client(old).get("/quang-nam/desk/queue/").status_code == 200
    assert _client(old).get("/da-nang/desk/queue/").status_code == 404
    assert _client(stranger).get("/quang-nam/desk/queue/").status_code == 404
    quang_nam.refresh_from_db()
    assert not stranger.has_perm(Permission.SCREEN, quang_nam)


def test_an_authority_that_follows_on_takes_those_before_it_along(merged):
    quang_nam, da_nang, _round, _proposal = merged
    third = make_authority()
    end_authority(quang_nam, into=da_nang, on=DAY, actor=None)
    end_authority(quang_nam, into=da_nang, on=DAY, actor=None)

    end_authority(da_nang, into=third, on=date(2026, 1, 1), actor=None)

    assert set(third.predecessors.values_list("slug", flat=True)) == {"quang-nam", "da-nang"}
    for one, other in [(quang_nam, third), (third, da_nang), (third, third)]:
        if one == quang_nam:
            continue
        with pytest.raises(AuthorityEnded):
            end_authority(one, into=other, on=DAY, actor=None)


def test_the_database_refuses_an_end_without_a_successor_and_a_successor_of_itself(merged):
    quang_nam = merged[0]
    for fields in ({"ended_on": DAY}, {"ended_on": DAY, "successor": quang_nam}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Authority.objects.filter(pk=quang_nam.pk).update(**fields)


@pytest.mark.shared
def test_a_proposal_for_ilwon_2_dong_is_found_under_gaepo_3_dong_and_its_link_works(shared):
    """The dong was renamed on 23 December 2022; the shared list names both."""
    rows = (shared / "data").rglob("*")
    assert any("gangnam" in path.name.lower() for path in rows)
    load_tree(areas.gangnam(), actor=None)
    old = Area.objects.get(kind="dong", valid_until__isnull=False)
    (new,) = areas_in_place_of(old, date(2026, 1, 1))
    authority = make_authority(slug="gangnam", area=old.parent)
    round = make_round(authority)
    proposal = make_proposal(round, category=make_category(authority), area=old)
    here = f"/gangnam/{round.slug}/proposals/"

    found = Client().get(here, {"area": new.code}).content.decode()
    old_link = Client().get(here, {"area": old.code})
    detail = Client().get(f"{here}{proposal.code}/")

    assert (old.name["ko"], new.name["ko"]) == ("일원2동", "개포3동")
    assert old.pk in areas_with_history(new)
    assert f"{here}{proposal.code}/" in found
    assert (old_link.status_code, detail.status_code) == (200, 200)
