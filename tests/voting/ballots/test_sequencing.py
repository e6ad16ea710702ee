"""The public log grows in batches, completely or not at all, and only by appending."""

import hashlib
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from audit.actions import Action
from audit.models import Event
from identity.keys import KeyUnavailable
from tests.faults.test_casting_races import at_once
from tests.voting.votes import (
    cast_by,
    codes,
    end_voting,
    fresh,
    make_vote,
    poll_of,
    triggers_asleep,
    voter_of,
)
from voting.ballots import logbook, merkle, signed_notes, tasks
from voting.ballots import services as ballots_services
from voting.ballots.models import CastEvent, Checkpoint, LogNode
from voting.ballots.services import sequencing
from voting.counting import services as counting_services
from voting.polls import keys

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _small_batches(settings):
    settings.LOG_BATCH_ENTRIES = 3


def _add(round, n: int, start: int = 0) -> None:
    """Add entries without a voter to the log, as a cast would."""
    CastEvent.objects.bulk_create(
        CastEvent(
            round=round,
            log_ref=hashlib.sha256(b"%d|%d" % (round.pk, place)).digest(),
            commitment=hashlib.sha256(b"%d" % place).digest(),
            kind="cast",
            recorded_on=timezone.now().date(),
        )
        for place in range(start, start + n)
    )


def _hour_passes(round) -> None:
    poll = poll_of(round)
    type(poll).objects.filter(pk=poll.pk).update(log_until=timezone.now() - timedelta(hours=2))


def _is_whole(round) -> bool:
    """Check that places have no gap, batches are sorted by hash, and every checkpoint is correct."""
    entries = list(logbook.entries(round.pk))
    sizes = [checkpoint.size for checkpoint in round.checkpoints.all()]
    batches = [entries[old:new] for old, new in zip([0, *sizes], [*sizes, None], strict=False)]
    roots = []
    for checkpoint in round.checkpoints.all():
        leaves = [entry.leaf for entry in entries[: checkpoint.size]]
        roots.append(_root(leaves) == bytes(checkpoint.root))
    return (
        [entry.index for entry in entries] == list(range(len(entries)))
        and all(batch == sorted(batch, key=lambda entry: entry.leaf) for batch in batches)
        and all(roots)
        and sizes[-1] == len(entries)
    )


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return merkle.node_hash(_root(leaves[:k]), _root(leaves[k:]))


def test_freezing_signs_the_empty_log():
    round = make_vote()

    (checkpoint,) = round.checkpoints.all()

    note = signed_notes.open_note(bytes(checkpoint.note), bytes(checkpoint.public_key))
    assert note == signed_notes.Checkpoint(
        f"{round.authority.slug}/{round.slug}/log", 0, hashlib.sha256(b"").digest()
    )


def test_a_batch_waits_until_it_is_large_enough_or_the_hour_is_over():
    round = make_vote()
    ballots_services.sequence(round)
    _add(round, 2)
    few = ballots_services.sequence(round)
    _add(round, 1, start=2)
    enough = ballots_services.sequence(round)
    _add(round, 1, start=3)
    one = ballots_services.sequence(round)
    _hour_passes(round)
    hourly = ballots_services.sequence(round)

    assert (few, enough.size, one, hourly.size) == (None, 3, None, 4)
    assert _is_whole(round)
    events = Event.objects.filter(action=Action.CHECKPOINT_SIGNED).order_by("pk")
    assert [event.details["entries"] for event in events] == [0, 3, 4]


def test_an_entry_after_quiet_hours_is_not_published_the_minute_it_comes():
    round = make_vote()
    _hour_passes(round)
    assert ballots_services.sequence(round) is None
    _add(round, 1)

    assert ballots_services.sequence(round) is None

    _hour_passes(round)
    assert ballots_services.sequence(round).size == 1


def test_the_close_numbers_what_waits_and_signs_the_last_checkpoint():
    round = make_vote()
    for _ in range(2):
        cast_by(voter_of(round), codes(round)[0])
    end_voting(round)

    counting_services.count(round)

    assert logbook.latest(round).size == 2
    assert _is_whole(round)


def test_the_task_goes_on_with_other_rounds_where_a_key_is_missing(monkeypatch):
    broken, sound = make_vote(), make_vote()
    for round in (broken, sound):
        _add(round, 3)
    honest = keys.signing_key

    def signing_key(slug: str):
        if slug == broken.authority.slug:
            raise KeyUnavailable("gone")
        return honest(slug)

    monkeypatch.setattr(keys, "signing_key", signing_key)
    tasks.sequence_due()

    assert (logbook.latest(broken).size, logbook.latest(sound).size) == (0, 3)
    assert CastEvent.objects.filter(round=broken, leaf_index=None).count() == 3


def test_another_signing_key_does_not_go_on_with_a_log(monkeypatch):
    round = make_vote()
    _add(round, 3)
    monkeypatch.setattr(keys, "signing_key", lambda slug, make=keys.signing_key: make("another"))

    with pytest.raises(KeyUnavailable):
        ballots_services.sequence(round)

    assert (logbook.latest(round).size, CastEvent.objects.filter(leaf_index=None).count()) == (0, 3)


def test_a_long_log_grows_over_the_edges_of_tiles(settings):
    settings.LOG_BATCH_ENTRIES = 1
    round = make_vote()
    start = 0
    for n in (255, 1, 1, 300, 700, 3):
        _add(round, n, start)
        ballots_services.sequence(round)
        start += n

    assert _is_whole(round)
    assert list(LogNode.objects.values_list("level", "place").order_by("place")) == [
        (1, place) for place in range(1260 // 256)
    ]
    middle = next(logbook.entries(round.pk, 600, 601))
    proof = logbook.inclusion(round, middle.log_ref)
    assert merkle.is_included(middle.leaf, 600, 1260, proof.path, bytes(proof.checkpoint.root))
    path = logbook.consistency(round, 257, 1257)
    roots = [bytes(round.checkpoints.get(size=size).root) for size in (257, 1257)]
    assert merkle.is_consistent(257, roots[0], 1257, roots[1], path)


# F10: a worker that dies while sequencing, and two sequencers at once.


class Killed(BaseException):
    pass


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "step",
    ["_store_nodes", "latest", "record", "merkle.root", "keys.signing_key", "signed_notes.sign", ""],
)
def test_f10_killed_at_any_step_the_log_is_as_it_was_and_goes_on(step, monkeypatch):
    round = make_vote()
    _add(round, 300)
    before = list(Checkpoint.objects.values())
    owner, _, name = step.rpartition(".")

    def die(*args, **kwargs):
        raise Killed

    def sequence_and_die():
        # If no step is named: between the last statement and the commit.
        with transaction.atomic():
            ballots_services.sequence(round)
            die()

    with monkeypatch.context() as patch:
        if step:
            patch.setattr(getattr(sequencing, owner) if owner else sequencing, name, die)
        with pytest.raises(Killed):
            sequence_and_die()
    assert list(Checkpoint.objects.values()) == before
    assert LogNode.objects.count() == CastEvent.objects.exclude(leaf_index=None).count() == 0
    _add(round, 1, start=300)

    ballots_services.sequence(round)

    assert [checkpoint.size for checkpoint in round.checkpoints.all()] == [0, 301]
    assert _is_whole(round)


@pytest.mark.django_db(transaction=True)
def test_f10_several_sequencers_while_ballots_are_cast_make_one_log():
    round = make_vote()
    voters = [voter_of(round) for _ in range(8)]
    (first, *_) = codes(round)

    def cast_some(voter):
        for _ in range(10):
            cast_by(voter, first)

    def sequence_some():
        return [ballots_services.sequence(fresh(round)) for _ in range(10)]

    results = at_once([*(lambda v=v: cast_some(v) for v in voters), *[sequence_some] * 4])
    end_voting(round)
    counting_services.count(fresh(round))

    assert [result for result in results if isinstance(result, Exception)] == []
    assert logbook.latest(round).size == 80
    assert _is_whole(round)


@pytest.mark.django_db(transaction=True)
def test_f09_the_task_delivered_twice_at_once_makes_each_checkpoint_once():
    rounds = [make_vote() for _ in range(2)]
    for round in rounds:
        _add(round, 5)

    results = at_once([tasks.sequence_due] * 4)

    assert results == [None] * 4
    assert [[c.size for c in round.checkpoints.all()] for round in rounds] == [[0, 5], [0, 5]]


# Bypassing the service.


def _refused(sql: str, *values: object, match: str) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=match), transaction.atomic():
        cursor.execute(sql, values)


def _checkpoint(round, **fields) -> Checkpoint:
    last = logbook.latest(round)
    return Checkpoint(
        **{
            "round": round,
            "size": 1,
            "root": b"r" * 32,
            "note": b"n",
            "public_key": last.public_key,
            "made_at": timezone.now(),
            **fields,
        }
    )


def test_checkpoints_and_nodes_are_append_only(settings):
    round = make_vote()
    _add(round, 256)
    ballots_services.sequence(round)
    # Deferred checks of this test's own rows would block TRUNCATE first.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    for table in ("ballots_checkpoint", "ballots_lognode"):
        _refused(f"DELETE FROM {table}", match="append-only")
        _refused(f"TRUNCATE {table}", match="append-only")
    _refused("UPDATE ballots_checkpoint SET root = sha256('x')", match="append-only")
    _refused("UPDATE ballots_lognode SET hash = sha256('x')", match="append-only")
    assert Checkpoint.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"size": 2}, "does not shrink"),
        ({"size": 4}, "counts every entry"),
        ({"size": 3}, "one_per_size"),
        ({"size": 3, "public_key": b"k" * 32}, "one key signs"),
    ],
)
def test_a_checkpoint_says_what_the_log_says(fields, match):
    round = make_vote()
    _add(round, 3)
    ballots_services.sequence(round)

    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        _checkpoint(round, **fields).save()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"root": b"short"}, "root_is_32_bytes"),
        ({"public_key": b"short"}, "public_key_is_32_bytes"),
        ({"size": -1}, "size_is_not_negative"),
    ],
)
def test_a_checkpoint_is_whole(fields, constraint):
    round = make_vote()

    with triggers_asleep(), pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        _checkpoint(round, **fields).save()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({}, "one_per_place"),
        ({"hash": b"short"}, "hash_is_32_bytes"),
        ({"level": 0}, "is_above_the_entries"),
        ({"place": -1}, "is_above_the_entries"),
    ],
)
def test_a_node_is_whole_and_there_is_one_in_each_place(fields, constraint):
    round = make_vote()
    node = {"round": round, "level": 1, "place": 0, "hash": b"h" * 32}
    LogNode.objects.create(**node)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        LogNode.objects.create(**{**node, **fields})


def test_a_vote_does_not_close_over_an_entry_without_a_place():
    round = make_vote()
    _add(round, 1)
    end_voting(round)

    close = "UPDATE polls_poll SET state = 'closed', closed_at = now()"
    _refused(close, match="not whole(.|\n)*1 entries, 0 with a place; the last checkpoint counts 0")
    with triggers_asleep():
        CastEvent.objects.update(leaf_index=0)
    _refused(close, match="not whole(.|\n)*1 entries, 1 with a place; the last checkpoint counts 0")
    assert poll_of(round).state == "frozen"
