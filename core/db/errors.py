"""Reasons why PostgreSQL refused a statement."""

from django.db import DatabaseError


def sqlstate(error: DatabaseError) -> str | None:
    """Return PostgreSQL's five-character reason, such as "23505"; None if no server gave one.

    Classes that the standard leaves free are ours: triggers and functions raise "VB001" and the like.
    """
    found: str | None = getattr(error.__cause__, "pgcode", None)
    return found
