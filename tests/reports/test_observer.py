"""Events on an observer's page: of that round alone, most recent first, and no more than fit."""

import pytest
from django.db import connection, transaction

from audit.actions import Action
from audit.models import Event
from audit.services import record, record_all
from reports import observer
from rounds.models import Round
from tests.factories import make_authority, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def rounds() -> tuple[Round, Round]:
    authority = make_authority()
    return make_round(authority), make_round(authority)


def _actions(round: Round) -> list[str]:
    return [happening.action for happening in observer.observe(round).recent_events]


def test_the_page_of_a_round_shows_nothing_of_the_authoritys_other_rounds(rounds: tuple[Round, Round]):
    one, two = rounds
    record(Action.ROUND_PUBLISHED, one, actor=None, authority=one.authority)
    record(Action.ROUND_CREATED, two, actor=None, authority=two.authority)
    record(Action.BRANDING_SET, one.authority, actor=None, authority=one.authority)

    assert _actions(one) == ["rounds.round_published"]
    assert _actions(two) == ["rounds.round_created"]


def test_what_points_at_persons_is_left_out_and_the_rest_is_the_latest_first(rounds: tuple[Round, Round]):
    round = rounds[0]
    for action in (Action.ROUND_PUBLISHED, Action.COMMENT_POSTED, Action.PERSON_VERIFIED, Action.VOTE_CLOSED):
        record(action, round, actor=None, authority=round.authority)

    assert _actions(round) == ["voting.vote_closed", "rounds.round_published"]


def test_of_a_long_history_the_last_hundred_are_read_and_no_more(
    rounds: tuple[Round, Round], django_assert_num_queries
):
    one, two = rounds
    for number in range(130):
        record(Action.RULE_CHOSEN, one, actor=None, authority=one.authority, number=number)
        record(Action.RULE_CHOSEN, two, actor=None, authority=two.authority)

    with django_assert_num_queries(8):
        seen = observer.observe(one)

    assert len(seen.recent_events) == 100
    assert seen.recent_events[0].at >= seen.recent_events[-1].at


def test_the_events_of_a_round_are_read_from_their_index(rounds: tuple[Round, Round]):
    one, two = rounds
    with transaction.atomic():
        record_all(Action.RULE_CHOSEN, ((one, {}) for _ in range(3)), actor=None, authority=one.authority)
        record_all(Action.RULE_CHOSEN, ((two, {}) for _ in range(3000)), actor=None, authority=two.authority)
    with connection.cursor() as cursor:
        # What the planner knows of a table is otherwise a matter of when it was last looked through.
        cursor.execute("ANALYZE audit_event")

    plan = Event.objects.filter(round=one).order_by("-pk")[:100].explain()

    assert "audit_event_of_round" in plan
    assert "Sort" not in plan
