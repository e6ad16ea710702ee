"""Sequencing: numbering log entries in batches sorted by hash, and signing the state of the log.

A batch is published when enough entries wait, or with the hour: its order reveals nothing about when somebody
voted, and its time only the hour. Everything is one transaction that locks the poll's row, which casting does
not: casting never waits, and a crash at any step leaves the log as it was.
"""

from datetime import UTC, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import connection, transaction

from audit.actions import Action
from audit.services import record
from core.db import clock as locks
from identity.keys import KeyUnavailable
from rounds.models import Round
from voting.ballots import merkle, signed_notes
from voting.ballots.logbook import StoredTree, latest, leaves
from voting.ballots.models import CastEvent, Checkpoint, LogNode
from voting.polls import keys
from voting.polls.models import Poll

_BATCH = 2000

# The hash of a leaf as made by `merkle.leaf_hash`, so that a million entries are sorted in the database.
_NUMBER = """
UPDATE ballots_castevent event SET leaf_index = placed.leaf_index
  FROM (SELECT id, %s + row_number() OVER (
                 ORDER BY sha256('\\x00'::bytea || log_ref || commitment || convert_to(kind, 'UTF8'))
               ) - 1 AS leaf_index
          FROM ballots_castevent WHERE round_id = %s AND leaf_index IS NULL) placed
 WHERE event.id = placed.id
"""


@transaction.atomic
def sequence(round: Round) -> Checkpoint | None:
    """Number what waits if a batch is due, and return its checkpoint; None if nothing was due.

    Due is what waits when it is `LOG_BATCH_ENTRIES` entries or more, or when a full `LOG_BATCH_PERIOD` has
    passed since everything was last in the log. Raises KeyUnavailable.
    """
    poll = Poll.objects.select_for_update().get(round=round)
    n_waiting = CastEvent.objects.filter(round=round, leaf_index=None).count()
    period = _period(locks.database_clock())
    is_new_period = poll.log_until is None or poll.log_until < period
    if not is_new_period and n_waiting < settings.LOG_BATCH_ENTRIES:
        return None
    if is_new_period:
        # Without entries too, or the next one would be published alone, the minute it is cast.
        Poll.objects.filter(round=round).update(log_until=period)
    if poll.is_frozen and (n_waiting or latest(round) is None):
        return _extend(round)
    return None


def complete(round: Round) -> Checkpoint:
    """Number everything that waits, and return the last checkpoint. Raises KeyUnavailable.

    Part of freezing, which signs the empty log, and of the close: the caller holds the poll's row.
    """
    assert connection.in_atomic_block
    last = latest(round)
    if last is not None and not CastEvent.objects.filter(round=round, leaf_index=None).exists():
        return last
    return _extend(round)


def _period(now: datetime) -> datetime:
    """The beginning of the period that contains `now`; periods are counted from midnight, UTC."""
    length = timedelta(seconds=settings.LOG_BATCH_PERIOD)
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (now - midnight) // length * length


def _extend(round: Round) -> Checkpoint:
    last = latest(round)
    old = last.size if last else 0
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [old, round.pk])
        size = old + cursor.rowcount
    _store_nodes(round, old, size)
    authority = round.authority
    key = keys.signing_key(authority.slug)
    public_key = signed_notes.public_bytes(key)
    if last is not None and bytes(last.public_key) != public_key:
        raise KeyUnavailable(f"another key than this machine's has signed the log of {round.full_slug}")
    root = merkle.root(StoredTree(round.pk), size)
    origin = signed_notes.origin_of(authority.slug, round.slug)
    checkpoint = Checkpoint.objects.create(
        round=round,
        size=size,
        root=root,
        note=signed_notes.sign(signed_notes.Checkpoint(origin, size, root), key),
        public_key=public_key,
        made_at=locks.database_clock(),
    )
    record(Action.CHECKPOINT_SIGNED, round, actor=None, authority=authority, entries=size, root=root.hex())
    return checkpoint


def _store_nodes(round: Round, old: int, new: int) -> None:
    """Store the hashes over the tiles that are whole now and were not before."""
    first, end = old // merkle.TILE, new // merkle.TILE
    hashes = leaves(round.pk, first * merkle.TILE, end * merkle.TILE)
    nodes = [
        LogNode(round=round, level=1, place=place, hash=merkle.fold(list(islice(hashes, merkle.TILE))))
        for place in range(first, end)
    ]
    LogNode.objects.bulk_create(nodes, batch_size=_BATCH)
    level = 1
    while end >= merkle.TILE:
        tree = StoredTree(round.pk)
        first, end, level = first // merkle.TILE, end // merkle.TILE, level + 1
        LogNode.objects.bulk_create(
            LogNode(
                round=round,
                level=level,
                place=place,
                hash=merkle.fold(tree.hashes(level - 1, place * merkle.TILE, merkle.TILE)),
            )
            for place in range(first, end)
        )
