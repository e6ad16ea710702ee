"""Keys that lie outside the database, each checked against the fingerprint the database keeps."""

from identity import keys
from identity.keys import KeyUnavailable
from identity.models import KeyCheck


def checked_key(name: str) -> bytes:
    """Return the key of that name; makes one for a database that has never used one. One query.

    Raises KeyUnavailable where the database was filled under another key, or under one that is
    missing now: going on would lose what is sealed, or let everybody verify a second time.
    """
    known = KeyCheck.objects.filter(name=name).first()
    key = keys.read(name)
    if key is None:
        if known is not None:
            raise KeyUnavailable(f"{name}.key is missing from the key directory")
        key = keys.create(name)
    if known is None:
        known, _ = KeyCheck.objects.get_or_create(name=name, defaults={"fingerprint": keys.fingerprint(key)})
    if bytes(known.fingerprint) != keys.fingerprint(key):
        raise KeyUnavailable(f"{name}.key is not the key this database was filled under")
    return key
