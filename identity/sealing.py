"""Short texts sealed under a key that lies outside the database: AES-256-GCM, bound to their purpose."""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from identity.keys import KeyUnavailable, derive

_NONCE = 12
_VERSION = "v1:"


def seal(key: bytes, purpose: str, text: str) -> str:
    """Return the text sealed for one purpose, as ASCII; twice the same text gives two results."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(derive(key, purpose)).encrypt(nonce, text.encode(), purpose.encode())
    return _VERSION + base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(key: bytes, purpose: str, sealed: str) -> str:
    """Return what was sealed. Raises KeyUnavailable for another key, another purpose or a changed text."""
    if not sealed.startswith(_VERSION):
        raise KeyUnavailable("this is not a sealed text")
    raw = base64.urlsafe_b64decode(sealed.removeprefix(_VERSION))
    try:
        return AESGCM(derive(key, purpose)).decrypt(raw[:_NONCE], raw[_NONCE:], purpose.encode()).decode()
    except InvalidTag as error:
        raise KeyUnavailable("sealed under another key, for another purpose, or changed") from error
