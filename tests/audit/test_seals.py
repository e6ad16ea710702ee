"""The chain over the record, and inspections: written once, whole, and found when altered."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.actions import Action
from audit.models import Event, Inspection, Seal
from audit.services import note_inspection, record, seal_due
from tests.factories import make_authority

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(db: None) -> Seal:
    record(Action.ROUND_CREATED, make_authority(), actor=None)
    note_inspection([{"code": "I1", "found": []}])
    seal_due()
    return Seal.objects.get()


@pytest.mark.parametrize("table", ["audit_event", "audit_seal", "audit_inspection"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_was_recorded_sealed_or_inspected_stays(sealed, table, sql):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with (
        pytest.raises(DatabaseError, match=f"{table} is refused: it is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(table))


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"digest": b"short"}, "audit_seal_is_a_hash"),
        ({"n_events": 0}, "audit_seal_covers_something"),
        ({"last_event": None}, "audit_seal_last_event"),
    ],
)
def test_a_seal_is_whole_and_the_only_one_up_to_its_event(sealed, fields, constraint):
    values = {"last_event": sealed.last_event + 1, "n_events": 1, "digest": b"d" * 32, **fields}
    if values["last_event"] is None:
        values["last_event"] = sealed.last_event

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Seal.objects.create(**values)

    Seal.objects.create(last_event=sealed.last_event + 1, n_events=1, digest=b"d" * 32)


def test_an_event_without_an_action_is_refused():
    with pytest.raises(IntegrityError, match="audit_event_has_an_action"), transaction.atomic():
        Event.objects.create(action="", subject_type="x", subject_id="1")


def test_an_inspection_says_what_did_not_hold_and_is_recorded():
    inspection = note_inspection([{"code": "I1", "found": []}, {"code": "I2", "found": ["x"]}])

    assert inspection == Inspection.objects.get()
    assert inspection.n_broken == 1
    assert Event.objects.get().details == {"checked": 2, "broken": ["I2"]}
