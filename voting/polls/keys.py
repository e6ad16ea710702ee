"""Keys of the vote, in the key directory outside the database.

A round's key seals its ballots and turns persons into tags; an authority's key signs receipts and
checkpoints. They are read at each use: a key that was taken away stops casting at once.
"""

import hmac
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from identity import keys


@dataclass(frozen=True, slots=True, repr=False)
class RoundKey:
    """A round's master key, from which a key for each purpose is derived."""

    master: bytes

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key for one purpose: "tag", "seal", "basket", "load", "paper", "paper-ref"."""
        return keys.derive(self.master, purpose)

    @property
    def check(self) -> bytes:
        """32 bytes that tell whether a node holds the right key, and nothing else about it."""
        return keys.fingerprint(self.master)


def create_round_key() -> tuple[uuid.UUID, RoundKey]:
    """Make a new random key, durable before this returns. Raises KeyUnavailable."""
    name = uuid.uuid4()
    return name, RoundKey(keys.create(_file_name(name)))


def round_key(name: uuid.UUID, check: bytes) -> RoundKey:
    """Read a round's key. Raises KeyUnavailable if it is missing or is not the one `check` was made from."""
    try:
        master = keys.read(_file_name(name))
    except OSError as error:
        raise keys.KeyUnavailable(f"the key of a round cannot be read: {error.strerror}") from error
    if master is None:
        raise keys.KeyUnavailable(f"the key {name} of a round is not on this machine")
    key = RoundKey(master)
    if not hmac.compare_digest(key.check, bytes(check)):
        raise keys.KeyUnavailable(f"the key {name} on this machine is not the round's")
    return key


def destroy_round_key(name: uuid.UUID) -> None:
    """Overwrite and remove a round's key on this machine; removing it twice is once."""
    path = Path(settings.KEY_DIRECTORY) / f"{_file_name(name)}.key"
    try:
        with path.open("r+b") as file:
            file.write(os.urandom(keys.SIZE))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def signing_key(authority_slug: str, *, may_create: bool = True) -> Ed25519PrivateKey:
    """Return the authority's signing key, made at its first use if it may be. Raises KeyUnavailable.

    The first checkpoint of a vote makes it known; from then on another key would sign what nobody can check.
    """
    name = f"signing-{authority_slug}"
    secret = keys.read(name)
    if secret is None and not may_create:
        raise keys.KeyUnavailable(f"the key {name} is not on this machine")
    return Ed25519PrivateKey.from_private_bytes(secret or keys.create(name))


def _file_name(name: uuid.UUID) -> str:
    return f"round-{name}"
