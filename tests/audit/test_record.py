"""Records stay, even if somebody asks the database to change them; and no change goes unrecorded."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from audit.actions import Action
from audit.models import Event
from audit.services import record, record_all
from identity.roles import Role
from moderation.services import claim, decide, open_case, release
from proposals import services
from proposals.lifecycle import State
from proposals.models import StatusChange
from reviews.services import assign_due
from rounds.models import Phase
from tests.factories import (
    make_account,
    make_authority,
    make_comment,
    make_official,
    make_proposal,
    make_resident,
    make_round,
)


def execute(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Deferred checks of this test's own rows would stand in the way of TRUNCATE first.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql)


def statements(table: str) -> list[str]:
    return [f"UPDATE {table} SET id = id", f"DELETE FROM {table}"]


@pytest.mark.django_db
@pytest.mark.parametrize("sql", [*statements("audit_event"), "TRUNCATE audit_event CASCADE"])
def test_an_event_can_neither_be_changed_nor_removed(sql):
    authority = make_authority()
    record(Action.ROUND_CREATED, authority, actor=None, authority=authority)

    with pytest.raises(DatabaseError, match="append-only"):
        execute(sql)

    assert Event.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("sql", statements("proposals_statuschange"))
def test_a_status_change_of_a_proposal_can_neither_be_changed_nor_removed(sql):
    author = make_account()
    proposal = make_proposal(author=author, state=State.PENDING)
    services.withdraw(proposal, actor=author)
    before = StatusChange.objects.count()

    with pytest.raises(DatabaseError, match="append-only"):
        execute(sql)

    assert (before, StatusChange.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_an_event_is_of_the_round_that_its_subject_is_or_belongs_to_or_that_is_named():
    round = make_round()
    proposal = make_proposal(round)
    comment = make_comment(proposal)
    record(Action.ROUND_CREATED, round, actor=None)
    record(Action.PROPOSAL_SUPPORTED, proposal, actor=None)
    record_all(Action.PROPOSAL_SUPPORTED, [(proposal, {})], actor=None)
    record(Action.COMMENT_POSTED, comment, actor=None, round=round)
    record_all(Action.COMMENT_POSTED, [(comment, {})], actor=None, round=round)
    record(Action.BRANDING_SET, round.authority, actor=None)

    assert list(Event.objects.values_list("round", flat=True)) == [round.pk] * 5 + [None]


@pytest.mark.django_db
def test_screening_comments_and_reviews_are_recorded_in_their_round():
    proposal = make_proposal(make_round(open=Phase.Kind.REVIEW), state=State.PENDING)
    moderator = make_official(proposal.round.authority, Role.MODERATOR)
    comment = make_comment(make_proposal(proposal.round))
    for text in (proposal, comment):
        case = open_case(text)
        claim(case, actor=moderator)
        release(case, actor=moderator)
        claim(case, actor=moderator)
        decide(case, actor=moderator, outcome="publish")
    services.post_comment(
        proposal, author=make_resident(proposal.round.authority), text="A good idea.", language="en"
    )
    assign_due(proposal.round)

    events = list(Event.objects.values_list("action", "round"))

    assert {action for action, _ in events} == {
        *("moderation.case_opened", "moderation.case_claimed", "moderation.case_released"),
        *("moderation.case_decided", "proposals.proposal_published", "proposals.review_assigned"),
        *("proposals.comment_published", "proposals.comment_posted"),
    }
    assert {round for _, round in events} == {proposal.round_id}


@pytest.mark.django_db(transaction=True)
def test_a_record_outside_the_transaction_of_its_change_is_refused():
    authority = make_authority()

    with pytest.raises(RuntimeError):
        record(Action.ROUND_CREATED, authority, actor=None)

    assert Event.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_record():
    authority = make_authority()

    with transaction.atomic():
        record(Action.ROUND_CREATED, authority, actor=None)
        transaction.set_rollback(True)

    assert Event.objects.count() == 0


# Every service that writes also records, itself or through what it calls.

WRITES = {"save", "create", "bulk_create", "bulk_update", "update", "delete", "get_or_create"}
RECORDS = {"record", "record_all"}


def functions(source: str) -> Iterator[tuple[str, bool, bool, set[str]]]:
    """Yield each function's name, whether it writes, whether it records, and the names it calls."""
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        calls, does_write = set(), False
        for inner in ast.walk(node):
            if not isinstance(inner, ast.Call):
                continue
            if isinstance(inner.func, ast.Name):
                calls.add(inner.func.id)
            elif isinstance(inner.func, ast.Attribute):
                calls.add(inner.func.attr)
                rows = inner.func.attr in WRITES and not (inner.func.attr == "update" and inner.args)
                does_write = does_write or (rows and inner.func.attr != "delete") or (rows and not inner.args)
        yield node.name, does_write, bool(calls & RECORDS), calls


def unrecorded(sources: dict[str, str]) -> list[str]:
    """Return the public functions that reach a write and no record."""
    known: dict[str, tuple[bool, bool, set[str]]] = {}
    public = []
    for path, source in sources.items():
        for name, does_write, does_record, calls in functions(source):
            was = known.get(name, (False, False, set()))
            known[name] = (was[0] or does_write, was[1] or does_record, was[2] | calls)
            if not name.startswith("_"):
                public.append((path, name))

    def reaches(name: str, which: int, seen: frozenset[str] = frozenset()) -> bool:
        if name not in known or name in seen:
            return False
        return bool(known[name][which]) or any(
            reaches(called, which, seen | {name}) for called in known[name][2]
        )

    return sorted(f"{path}:{name}" for path, name in public if reaches(name, 0) and not reaches(name, 1))


def test_a_service_that_writes_without_a_record_is_recognised():
    sources = {
        "a.py": "def withdraw(x):\n    _store(x)\n\ndef _store(x):\n    x.save()\n",
        "b.py": "def submit(x):\n    x.save()\n    record(1, x)\n",
    }

    assert unrecorded(sources) == ["a.py:withdraw"]


# What writes no event, and why.
WITHOUT_EVENT = {
    "authorities/services.py:give_common_tracks": "is part of founding an authority, which is recorded",
    "authorities/services.py:give_common_reasons": "is part of founding an authority, which is recorded",
    **dict.fromkeys(
        (
            "identity/services/personal_data.py:empty",
            "identity/services/personal_data.py:end_sessions",
            "identity/services/personal_data.py:erase_own_rows",
            "identity/services/personal_data.py:take_consents_back",
            "identity/verification/services/erasure.py:part_from_person",
        ),
        "is a part of erasing an account, which is recorded once",
    ),
    "identity/services/vault.py:checked_key": "keeps the fingerprint of a new key; nobody did anything",
    "identity/services/vault.py:checked_ring": "the same, for the first of several keys",
    "identity/services/resealing.py:sealed_under": "the same; it counts",
    "identity/services/resealing.py:make_key": "writes a file; putting the key into use is recorded",
    "identity/services/vault.py:identity_key": "the same, for the key of identities",
    "identity/verification/services/service_desk.py:find_person": "the same; whoever is found is only "
    "looked at",
    "places/services.py:move_area": "a part of ending an area, which is recorded and says where it went",
}


def test_every_service_that_writes_also_records():
    sources = {}
    for app in (name for name in settings.OUR_APPS if name != "audit"):
        folder = Path(settings.BASE_DIR, *app.split("."))
        for file in [*folder.glob("services.py"), *sorted(folder.glob("services/*.py"))]:
            sources[str(file.relative_to(settings.BASE_DIR))] = file.read_text(encoding="utf-8")

    assert any(source.startswith("voting/ballots/") for source in sources)
    assert sorted(name for name in unrecorded(sources) if name not in WITHOUT_EVENT) == []
