"""Conditions of CHECK constraints that several tables share."""

from django.db.models import Q


def both_or_neither(*fields: str) -> Q:
    """Return the condition that the fields are all empty or all filled: who and when, for example."""
    return Q(**dict.fromkeys(fields)) | Q(**{f"{field}__isnull": False for field in fields})
