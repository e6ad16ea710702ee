"""Short texts sealed under a key outside the database, bound to their purpose.

Sealed with a nonce of its own (AES-256-GCM), a text cannot be found by its value. An e-mail address must be
found at sign-in, and is sealed so that equal texts look equal (AES-256-SIV). A sealed text begins with the
number of its key: v1, v2, … or, if it can be found, s1, s2, ….
"""

import base64
import functools
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

from identity.keys import KeyUnavailable, derive

_NONCE = 12
_NUMBERED = re.compile(r"([vs])([1-9][0-9]{0,3}):")
# Lengths are rounded up to this many bytes.
_BLOCK = 32


def number_of(sealed: str) -> int | None:
    """Return the number of the key a text was sealed under; None for what is not sealed."""
    begins = _NUMBERED.match(sealed)
    return int(begins[2]) if begins else None


def seal(key: bytes, purpose: str, text: str, *, number: int = 1) -> str:
    """Return the text sealed for one purpose, as ASCII; twice the same text gives two results."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(derive(key, purpose)).encrypt(nonce, text.encode(), purpose.encode())
    return f"v{number}:" + base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(key: bytes, purpose: str, sealed: str) -> str:
    """Return what was sealed. Raises KeyUnavailable for another key, another purpose or a changed text."""
    raw = _raw(sealed, "v")
    try:
        return AESGCM(derive(key, purpose)).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode()).decode()
    except InvalidTag as error:
        raise KeyUnavailable("sealed under another key, for another purpose, or changed") from error


def seal_findable(key: bytes, purpose: str, text: str, *, number: int = 1) -> str:
    """Seal a text so that the same text gives the same result: it can be looked up and be unique.

    AES-256-SIV (RFC 5297), which stays safe without a nonce. A reader of the column learns which rows hold
    the same text, and its length in steps of 32 bytes; nothing else without the key.
    """
    plain = text.encode()
    padded = plain + b"\0" * (-len(plain) % _BLOCK or (_BLOCK if not plain else 0))
    sealed = _siv(key, purpose).encrypt(padded, [purpose.encode()])
    return f"s{number}:" + base64.urlsafe_b64encode(sealed).decode()


def unseal_findable(key: bytes, purpose: str, sealed: str) -> str:
    """Return what `seal_findable` sealed. Raises KeyUnavailable as `unseal` does."""
    raw = _raw(sealed, "s")
    try:
        return _siv(key, purpose).decrypt(raw, [purpose.encode()]).rstrip(b"\0").decode()
    except InvalidTag as error:
        raise KeyUnavailable("sealed under another key, for another purpose, or changed") from error


def _raw(sealed: str, kind: str) -> bytes:
    begins = _NUMBERED.match(sealed)
    if begins is None or begins[1] != kind:
        raise KeyUnavailable("this is not a sealed text")
    return base64.urlsafe_b64decode(sealed[begins.end() :])


@functools.lru_cache(maxsize=32)
def _siv(key: bytes, purpose: str) -> AESSIV:
    # Two keys in one: SIV authenticates with the first half and encrypts with the second.
    return AESSIV(derive(key, f"{purpose}, authenticate") + derive(key, f"{purpose}, encrypt"))
