"""PostgreSQL's advisory locks: their numbers, and how they are taken.

A lock has two keys. The first is a `LockSpace`, so that two purposes never collide; the second identifies the
round, network or the like within it. Locks on a text have one wide key in a space of their own.
"""

from enum import IntEnum, unique

from django.db import connection, connections


@unique
class LockSpace(IntEnum):
    """The first key. SQL files write `{LockSpace.ROUND}`; a number once given is not given again."""

    # The second key is the round's id. Acts inside a phase share it; whatever ends the phase excludes them.
    ROUND = 7001
    # One process at a time adds a seal to the record.
    SEALS = 7002
    # The second key is the network that asks for codes.
    CODES_OF_A_NETWORK = 7003
    # One process at a time inspects the site.
    INSPECTION = 7004


def lock_exclusive(space: LockSpace, key: int = 0) -> None:
    """Wait until nobody holds the lock, then hold it alone until the transaction ends. One statement."""
    assert connection.in_atomic_block
    _ask("SELECT pg_advisory_xact_lock(%s, %s)", space, key)


def lock_shared(space: LockSpace, key: int = 0) -> None:
    """Wait until nobody holds the lock exclusively, then share it until the transaction ends."""
    assert connection.in_atomic_block
    _ask("SELECT pg_advisory_xact_lock_shared(%s, %s)", space, key)


def lock_text(text: str, *, using: str) -> None:
    """Hold a lock on a text alone until the transaction ends. One statement."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [text])


def take_if_free(space: LockSpace, key: int = 0) -> bool:
    """Hold the lock until `give_back`, across transactions; return False at once where another has it."""
    return bool(_ask("SELECT pg_try_advisory_lock(%s, %s)", space, key))


def give_back(space: LockSpace, key: int = 0) -> None:
    """Let go of what `take_if_free` took."""
    _ask("SELECT pg_advisory_unlock(%s, %s)", space, key)


def _ask(sql: str, space: LockSpace, key: int) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, [int(space), key])
        return cursor.fetchone()[0]
