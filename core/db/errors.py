"""Why PostgreSQL refused a statement."""

from django.db import DatabaseError


def sqlstate(error: DatabaseError) -> str | None:
    """Return the five characters of PostgreSQL's reason, "23505"; None where no server gave one.

    Classes that the standard leaves free are ours: triggers and functions raise "VB001" and the like.
    """
    found: str | None = getattr(error.__cause__, "pgcode", None)
    return found
