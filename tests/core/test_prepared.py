"""Reads whose SQL is made once answer as the queryset would, for every value and in every thread."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from core.db.prepared import Prepared
from rounds.models import Round
from tests.factories import make_round

pytestmark = pytest.mark.django_db


def _at() -> Prepared[Round]:
    return Prepared(
        lambda authority_slug, slug: Round.objects.select_related("authority").filter(
            authority__slug=authority_slug, slug=slug
        )[:1],
        str,
        str,
    )


def test_each_call_answers_for_its_own_values(django_assert_num_queries):
    first, second = make_round(slug="first"), make_round(slug="second")
    at = _at()

    for round in (first, second, first):
        with django_assert_num_queries(1):
            found = at.first(round.authority.slug, round.slug)
            assert found == round
            assert found.authority.name == round.authority.name
            assert found.title == round.title

    assert at.first(first.authority.slug, "neither") is None


def test_what_is_in_the_table_is_read_anew():
    round = make_round()
    at = _at()
    at.first(round.authority.slug, round.slug)

    Round.objects.filter(pk=round.pk).update(title={"en": "Another title"})

    assert at.first(round.authority.slug, round.slug).title == {"en": "Another title"}


def test_values_are_bound_and_never_part_of_the_sql():
    make_round(slug="kept")

    assert _at().first("x' OR '1'='1", "kept") is None


def test_a_value_that_is_changed_on_its_way_to_the_sql_is_refused():
    wrong = Prepared(lambda slug: Round.objects.filter(slug__startswith=slug), str)

    with pytest.raises(AssertionError, match="do not reach the SQL"):
        wrong("a")


@pytest.mark.django_db(transaction=True)
def test_threads_have_a_reader_each():
    rounds = [make_round(slug=f"round-{number}") for number in range(4)]
    at = _at()

    def read(round: Round) -> set[int]:
        try:
            return {at.first(round.authority.slug, round.slug).pk for _ in range(50)}
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, rounds)) == [{round.pk} for round in rounds]
