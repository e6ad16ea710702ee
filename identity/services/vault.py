"""Keys outside the database, each checked against its fingerprint in the database."""

import re

from django.db.models import Q

from identity import keys
from identity.keys import KeyUnavailable
from identity.models import KeyCheck

# The key that what identifies people is hashed under.
_IDENTITY = "identity"


def checked_key(name: str) -> bytes:
    """Return the key of that name; create it for a database that has never used one. One query.

    Raises KeyUnavailable if the database was filled under another key, or under one that is now missing:
    continuing would lose sealed data, or let everybody verify a second time.
    """
    known = KeyCheck.objects.filter(name=name).first()
    if known is None:
        key = keys.read(name) or keys.create(name)
        known, _ = KeyCheck.objects.get_or_create(name=name, defaults={"fingerprint": keys.fingerprint(key)})
    return _checked(known)


def identity_key() -> bytes:
    """Return the key for hashing what identifies people. Raises KeyUnavailable. One query."""
    return keys.derive(checked_key(_IDENTITY), "identifiers")


def checked_ring(name: str) -> dict[int, bytes]:
    """Return the keys in use of a name with several, by number. One query, two the first time.

    The first is `name`, the second `name-2`. Raises KeyUnavailable if one is missing or has been replaced.
    """
    known = KeyCheck.objects.filter(Q(name=name) | Q(name__startswith=f"{name}-"))
    numbered = [(_number(name, row.name), row) for row in known]
    found = {number: _checked(row) for number, row in numbered if number is not None}
    return found or {1: checked_key(name)}


def file_name(name: str, number: int) -> str:
    """Return what the key of that number is called, in the key directory and in the table of fingerprints."""
    return name if number == 1 else f"{name}-{number}"


def _number(name: str, called: str) -> int | None:
    if called == name:
        return 1
    later = re.fullmatch(rf"{re.escape(name)}-([1-9][0-9]{{0,3}})", called)
    return int(later[1]) if later else None


def _checked(known: KeyCheck) -> bytes:
    key = keys.read(known.name)
    if key is None:
        raise KeyUnavailable(f"{known.name}.key is missing from the key directory")
    if bytes(known.fingerprint) != keys.fingerprint(key):
        raise KeyUnavailable(f"{known.name}.key is not the key this database was filled under")
    return key
