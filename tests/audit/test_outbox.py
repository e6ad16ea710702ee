"""The outbox: written with the event, handed out once, and never longer than what is still to be told."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit import topics
from audit.actions import Action
from audit.models import Event, Outbox
from audit.selectors import n_unannounced
from audit.services import announce_again, hand_out, record, record_all
from rounds.models import Round
from tests.factories import make_round

pytestmark = pytest.mark.django_db

OWED = Action.ROUND_PUBLISHED


@pytest.fixture(autouse=True)
def _told(monkeypatch) -> None:
    monkeypatch.setattr(topics, "ANNOUNCED_ACTIONS", {OWED})


def _events(n: int) -> list[Event]:
    round = make_round()
    for _ in range(n):
        record(OWED, round, actor=None)
    return list(Event.objects.filter(action=OWED))


def test_recording_an_action_writes_into_the_outbox_exactly_if_it_is_told():
    round = make_round()

    for action in Action:
        Outbox.objects.all().delete()
        record(action, round, actor=None)
        record_all(action, [(round, {}), (round, {})], actor=None)
        assert Outbox.objects.count() == (3 if action == OWED else 0), action


def test_nobody_writes_an_event_around_the_functions_that_fill_the_outbox():
    writes = re.compile(r"\bEvent\.objects\.(create|bulk_create|get_or_create)|\bEvent\([^)]*\)\.save")
    found = {
        str(path.relative_to(settings.BASE_DIR))
        for package in settings.OUR_PACKAGES
        for path in Path(settings.BASE_DIR, package).rglob("*.py")
        if writes.search(path.read_text(encoding="utf-8"))
    }

    assert found == {"audit/services.py"}


def test_a_change_that_is_undone_leaves_nothing_in_the_outbox():
    round = make_round()
    Outbox.objects.all().delete()

    with transaction.atomic():
        record(OWED, round, actor=None)
        assert Outbox.objects.count() == 1
        transaction.set_rollback(True)

    assert not Outbox.objects.exists()


def test_each_event_is_handed_out_once_the_oldest_first_and_no_more_than_asked_for():
    events = _events(3)
    seen: list[Event] = []

    assert hand_out(seen.append, most=2) == 2
    assert (seen, Outbox.objects.count()) == (events[:2], 1)
    assert hand_out(seen.append, most=2) == 1
    assert hand_out(seen.append, most=2) == 0
    assert seen == events


def test_an_event_that_cannot_be_handled_stops_no_other_says_why_and_is_tried_again_later():
    events = _events(3)
    seen: list[Event] = []

    def handle(event: Event) -> None:
        # What a failed handling wrote must not stay.
        record(Action.NOTICE_ANNOUNCED, event, actor=None)
        if event == events[0]:
            raise KeyError("somebody@example.org")
        seen.append(event)

    with pytest.raises(ExceptionGroup) as raised:
        hand_out(handle, most=10)

    assert [type(error) for error in raised.value.exceptions] == [KeyError]
    assert seen == events[1:]
    assert Event.objects.filter(action=Action.NOTICE_ANNOUNCED).count() == 2
    row = Outbox.objects.get()
    assert (row.event, row.n_attempts, row.last_error) == (events[0], 1, "KeyError")
    assert timedelta(seconds=50) < row.due_at - timezone.now() <= timedelta(minutes=1)
    assert hand_out(seen.append, most=10) == 0, "it waits"
    assert n_unannounced(timezone.now() + timedelta(seconds=1)) == 1

    for n_attempts, minutes in [(2, 5), (8, 1440), (9, 1440)]:
        Outbox.objects.update(due_at=timezone.now() - timedelta(minutes=1), n_attempts=n_attempts - 1)
        with pytest.raises(ExceptionGroup):
            hand_out(handle, most=10)
        row.refresh_from_db()
        assert row.n_attempts == n_attempts
        assert round((row.due_at - timezone.now()) / timedelta(minutes=1)) == minutes
    Outbox.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    assert hand_out(seen.append, most=10) == 1
    assert not Outbox.objects.exists()


def test_a_process_that_dies_while_handling_leaves_the_event_due_and_nothing_half_done():
    (event,) = _events(1)

    def die(event: Event) -> None:
        record(Action.NOTICE_ANNOUNCED, event, actor=None)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hand_out(die, most=10)

    assert not Event.objects.filter(action=Action.NOTICE_ANNOUNCED).exists()
    seen: list[Event] = []
    assert hand_out(seen.append, most=10) == 1
    assert seen == [event]


def test_what_was_told_about_a_row_is_told_again_where_it_concerns_somebody_else_now():
    events = _events(2)
    record(Action.ROUND_CREATED, make_round(), actor=None)
    hand_out(lambda event: None, most=10)
    subject = Round.objects.get(pk=events[0].subject_id)

    announce_again(subject)
    announce_again(subject)

    assert list(Outbox.objects.order_by("pk").values_list("event", flat=True)) == [e.pk for e in events]


def _rows_read(plan: dict) -> int:
    """Return how many rows a plan's nodes that read a table looked at."""
    here = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) if "Relation Name" in plan else 0
    return round(here) + sum(_rows_read(part) for part in plan.get("Plans", ()))


def _rows_read_for_the_next() -> int:
    sql, values = Outbox.objects.due().select_related("event")[:1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_event, audit_outbox")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
        (found,) = cursor.fetchone()
    return _rows_read((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


def test_the_next_event_costs_a_handful_of_rows_however_much_has_been_told():
    events = _events(2)
    told = [(make_round(), {}) for _ in range(2)] * 400
    record_all(OWED, told, actor=None)
    Outbox.objects.exclude(event__in=events).delete()

    assert 1 <= _rows_read_for_the_next() < 10
