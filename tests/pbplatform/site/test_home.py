from datetime import timedelta

import pytest
from django.utils import timezone

from rounds.models import Phase
from rounds.selectors import rounds_at_a_glance
from tests.factories import make_authority, make_round

pytestmark = pytest.mark.django_db


def _round(authority, title, opens_in_days, **fields):
    """A published round whose voting opens in a number of days and lasts ten."""
    now = timezone.now()
    round = make_round(authority=authority, title={"en": title}, published_at=now, **fields)
    round.phases.all().delete()
    opens_at = now + timedelta(days=opens_in_days)
    round.phases.create(kind=Phase.Kind.VOTING, opens_at=opens_at, closes_at=opens_at + timedelta(days=10))
    return round


def test_the_start_page_shows_what_is_open_before_what_is_coming_and_over(client):
    authority = make_authority(name={"en": "Riverside"})
    for title, days in (("Long over", -40), ("Coming soon", 5), ("Open now", -2)):
        _round(authority, title, days)

    page = client.get("/").content.decode()

    assert "Riverside" in page
    assert page.index("Open now") < page.index("Coming soon") < page.index("Long over")


def test_a_round_that_is_not_published_is_not_shown(client):
    authority = make_authority()
    _round(authority, "Seen", 5)
    make_round(authority=authority, title={"en": "Still secret"}, published_at=None)

    page = client.get("/").content.decode()

    assert "Seen" in page
    assert "Still secret" not in page


def test_the_start_page_asks_the_database_as_often_for_many_rounds_as_for_one(
    client, django_assert_num_queries
):
    authority = make_authority()
    _round(authority, "One", 1)
    with django_assert_num_queries(2):
        client.get("/")

    for day in range(5):
        _round(make_authority(), f"Round {day}", day)

    with django_assert_num_queries(2):
        client.get("/")


def test_of_two_open_phases_the_one_that_closes_first_is_shown():
    now = timezone.now()
    round = _round(make_authority(), "Two at once", -2)
    round.phases.create(
        kind=Phase.Kind.SUBMISSION, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=3)
    )

    (glance,) = rounds_at_a_glance(now)

    assert glance.current.kind == Phase.Kind.SUBMISSION
    assert glance.coming is None


def test_without_rounds_the_start_page_says_so(client):
    assert "No round has been published yet." in client.get("/").content.decode()
