"""Checkpoints of the log as C2SP signed notes, readable by tools of transparency logs.

<origin> <number of entries> <root, base64> (an empty line) — <origin> <base64 of 4 bytes that name the key,
and the Ed25519 signature of the lines above>
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ED25519 = b"\x01"
_DASH = "\u2014"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log: its number of entries and their root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The signed text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def origin_of(authority_slug: str, round_slug: str) -> str:
    """Return the name of a round's log, which is also the name of the key that signs it."""
    return f"{authority_slug}/{round_slug}/log"


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of the public key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def verifier_key(origin: str, public_key: bytes) -> str:
    """Return the public key as tools for signed notes take it: name, four bytes in hexadecimal, key."""
    encoded = base64.b64encode(_ED25519 + public_key).decode()
    return f"{origin}+{_key_id(origin, public_key).hex()}+{encoded}"


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> bytes:
    """Return the signed note; equal checkpoints give equal bytes."""
    text = checkpoint.text
    mark = _key_id(checkpoint.origin, public_bytes(key)) + key.sign(text.encode())
    return f"{text}\n{_DASH} {checkpoint.origin} {base64.b64encode(mark).decode()}\n".encode()


def open_note(note: bytes, public_key: bytes) -> Checkpoint:
    """Return the checkpoint of a note that this key has signed. Raises ValueError for any other."""
    try:
        text, _, marks = note.decode().partition("\n\n")
        origin, size, encoded, *_ = text.split("\n")
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(encoded, validate=True))
        signatures = [
            base64.b64decode(line.rsplit(" ", 1)[1])
            for line in marks.splitlines()
            if line.startswith(f"{_DASH} {origin} ")
        ]
    except (UnicodeDecodeError, binascii.Error, ValueError, IndexError) as error:
        raise ValueError("not a checkpoint") from error
    for mark in signatures:
        if mark[:4] == _key_id(origin, public_key):
            try:
                Ed25519PublicKey.from_public_bytes(public_key).verify(mark[4:], f"{text}\n".encode())
            except InvalidSignature:
                continue
            return checkpoint
    raise ValueError("the checkpoint is not signed with this key")


def _key_id(origin: str, public_key: bytes) -> bytes:
    return hashlib.sha256(f"{origin}\n".encode() + _ED25519 + public_key).digest()[:4]
