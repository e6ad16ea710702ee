"""Keys outside the database, one file each in `settings.KEY_DIRECTORY`.

They make a stolen copy of the database worth little: keyed hashes cannot be tried against lists of phone
numbers, and sealed fields cannot be read.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from django.conf import settings

# Bytes of a key, and of everything derived from it.
SIZE = 32


class KeyUnavailable(RuntimeError):
    """The key is missing or is not the one the database was filled with: an outage, not a refusal."""


def read(name: str) -> bytes | None:
    """Return the key of that name, or None if there is no file. Raises KeyUnavailable if damaged."""
    try:
        key = _path(name).read_bytes()
    except FileNotFoundError:
        return None
    if len(key) != SIZE:
        raise KeyUnavailable(f"the key file {name}.key has {len(key)} bytes instead of {SIZE}")
    return key


def create(name: str) -> bytes:
    """Make the key of that name, readable by its owner alone, and return it; never replaces one."""
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written whole before it gets its name: a reader never sees half a key, and of two makers one wins.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SIZE))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)
    key = read(name)
    assert key is not None
    return key


def secret(name: str) -> str:
    """Return the text in `<name>.secret`, given to the platform by someone else. Raises KeyUnavailable."""
    try:
        return (Path(settings.KEY_DIRECTORY) / f"{name}.secret").read_text().strip()
    except FileNotFoundError as error:
        raise KeyUnavailable(f"{name}.secret is missing from the key directory") from error


def derive(key: bytes, purpose: str) -> bytes:
    """Return a sub-key for one purpose: HMAC-SHA256 of the purpose under the key."""
    return hmac.digest(key, purpose.encode(), hashlib.sha256)


def fingerprint(key: bytes) -> bytes:
    """Return what may be stored to recognise the key, and tells nothing about it."""
    return derive(key, "check")


def _path(name: str) -> Path:
    return Path(settings.KEY_DIRECTORY) / f"{name}.key"
