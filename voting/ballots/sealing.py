"""Sealing of ballots: tags, receipt codes, commitments, and the seal itself. Plain functions.

    tag        = HMAC(key "tag", person id)                  one per person and round
    code       = 104 random bits, made in the voter's browser
    log_ref    = HMAC(code, "log|round")                     appears in the public log
    ballot_ref = HMAC(code, "ballot|round"), 16 bytes        appears with the counted ballot
    nonce      = HMAC(code, "nonce|round")
    commitment = SHA-256("ballot-v1|round|rules hash|" + nonce + canonical choices)
    sealed     = AES-256-GCM(key "seal", choices + references, bound to round, tag and traits)

All HMACs are HMAC-SHA-256; "round" is the round's slug. `static/js/receipt.js` computes the same values from
the code, so the server never learns the code of a voter whose browser runs scripts.

Two authorities can have rounds of the same slug. The hash of the rules, which name the authority, keeps their
commitments apart; their own keys keep tags and seals apart; references come from a code made for one ballot.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voting.polls.keys import RoundKey

FORMAT = "ballot-v1"


# Without I, L, O and U, which are misread as digits or as other letters.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
CODE_BYTES = 13
_CODE_SIGNS = 21

_GCM_NONCE = 12
# References in front of the choices: ballot_ref, log_ref, nonce.
_HEAD = 16 + 32 + 32
# Sealed ballots come in few sizes, or their length would tell how many projects were chosen.
_SMALLEST = 512


class CannotUnseal(Exception):
    """A sealed ballot was altered, moved to another row, or sealed with another key."""


@dataclass(frozen=True, slots=True)
class References:
    """The values that a receipt code yields for one round; see the module."""

    log_ref: bytes
    ballot_ref: bytes
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Traits:
    """Groups of turnout and results. Bound into the seal, but not sealed."""

    residency: str
    area_id: int | None
    age_group: str
    channel: str


@dataclass(frozen=True, slots=True)
class UnsealedBallot:
    """The content of an unsealed ballot."""

    references: References
    # Canonical JSON; see `parse`.
    choices: str


def new_code() -> bytes:
    """Return the 104 random bits of a new receipt code."""
    return secrets.token_bytes(CODE_BYTES)


def load_code(key: RoundKey, voter: str, choices: str) -> bytes:
    """Return the code under which a recorded ballot is loaded: the same one each time, known to nobody."""
    return hmac.digest(key.derive("load"), f"{voter}|{choices}".encode(), "sha256")[:CODE_BYTES]


def show_code(code: bytes) -> str:
    """Write a receipt code for people: 21 signs in groups of five, such as ARF8N-N6QAT-NYSK0-BHWS3-P."""
    number = int.from_bytes(code, "big") << (5 * _CODE_SIGNS - 8 * CODE_BYTES)
    signs = "".join(_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(_CODE_SIGNS)))
    return "-".join(signs[start : start + 5] for start in range(0, _CODE_SIGNS, 5))


def read_code(text: str) -> bytes:
    """Return the bytes of a typed receipt code; dashes, spaces and case do not matter.

    Raises ValueError for anything that does not look like a code.
    """
    signs = "".join(text.split()).replace("-", "").upper().translate(_LOOKALIKES)
    if len(signs) != _CODE_SIGNS or any(sign not in _ALPHABET for sign in signs):
        raise ValueError("not a receipt code")
    number = 0
    for sign in signs:
        number = number << 5 | _ALPHABET.index(sign)
    spare = 5 * _CODE_SIGNS - 8 * CODE_BYTES
    if number & ((1 << spare) - 1):
        raise ValueError("not a receipt code")
    return (number >> spare).to_bytes(CODE_BYTES, "big")


def references(code: bytes, round_slug: str) -> References:
    """Return what a receipt code yields in a round."""

    def derive(purpose: str) -> bytes:
        return hmac.digest(code, f"{purpose}|{round_slug}".encode(), "sha256")

    return References(log_ref=derive("log"), ballot_ref=derive("ballot")[:16], nonce=derive("nonce"))


def commitment(round_slug: str, rules_hash: bytes, nonce: bytes, choices: str) -> bytes:
    """Return the 32 bytes that fix a ballot without telling what is in it."""
    head = f"{FORMAT}|{round_slug}|{bytes(rules_hash).hex()}|".encode()
    return hashlib.sha256(head + nonce + choices.encode()).digest()


def tag(key: RoundKey, person_id: str) -> bytes:
    """Return the tag of a person, by their id as text, in the round of the key."""
    return next(tags(key, [person_id]))


def tags(key: RoundKey, person_ids: Iterable[str]) -> Iterator[bytes]:
    """Yield the tags of persons, as `tag` returns them."""
    secret = key.derive("tag")
    for person_id in person_ids:
        yield hmac.digest(secret, person_id.encode(), "sha256")


def seal(key: RoundKey, ballot: UnsealedBallot, *, round_id: int, voter_tag: bytes, traits: Traits) -> bytes:
    """Encrypt a ballot so that it opens only in this row: bound to round, tag and traits."""
    refs = ballot.references
    content = refs.ballot_ref + refs.log_ref + refs.nonce + ballot.choices.encode()
    nonce = os.urandom(_GCM_NONCE)
    sealed = AESGCM(key.derive("seal")).encrypt(nonce, _pad(content), _bound(round_id, voter_tag, traits))
    return nonce + sealed


class Unsealer:
    """Opens the sealed ballots of a round; for many of them the cipher is set up once."""

    def __init__(self, key: RoundKey) -> None:
        self._decrypt = AESGCM(key.derive("seal")).decrypt

    def unseal(
        self, sealed: bytes | memoryview, *, round_id: int, voter_tag: bytes, traits: Traits
    ) -> UnsealedBallot:
        """Open a sealed ballot. Raises CannotUnseal."""
        sealed = bytes(sealed)
        try:
            padded = self._decrypt(
                sealed[:_GCM_NONCE], sealed[_GCM_NONCE:], _bound(round_id, voter_tag, traits)
            )
        except (InvalidTag, ValueError) as error:
            raise CannotUnseal() from error
        content = _unpad(padded)
        return UnsealedBallot(
            References(ballot_ref=content[:16], log_ref=content[16:48], nonce=content[48:_HEAD]),
            content[_HEAD:].decode(),
        )


def unseal(
    key: RoundKey, sealed: bytes, *, round_id: int, voter_tag: bytes, traits: Traits
) -> UnsealedBallot:
    """Open one sealed ballot. Raises CannotUnseal."""
    return Unsealer(key).unseal(sealed, round_id=round_id, voter_tag=voter_tag, traits=traits)


def _bound(round_id: int, voter_tag: bytes, traits: Traits) -> bytes:
    return f'["{FORMAT}",{round_id},"{bytes(voter_tag).hex()}",{_labels(traits)}]'.encode()


@lru_cache(maxsize=4096)
def _labels(traits: Traits) -> str:
    """Write traits as JSON values: a million voters have a few hundred different ones."""
    values = [traits.residency, traits.area_id, traits.age_group, traits.channel]
    return json.dumps(values, separators=(",", ":"))[1:-1]


def hide(key: RoundKey, purpose: str, text: str) -> bytes:
    """Encrypt a text for storage in the database under the round's key, padded like a ballot."""
    nonce = os.urandom(_GCM_NONCE)
    return nonce + AESGCM(key.derive(purpose)).encrypt(nonce, _pad(text.encode()), purpose.encode())


def reveal(key: RoundKey, purpose: str, hidden: bytes) -> str:
    """Return what `hide` hid. Raises CannotUnseal."""
    try:
        padded = AESGCM(key.derive(purpose)).decrypt(
            hidden[:_GCM_NONCE], hidden[_GCM_NONCE:], purpose.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise CannotUnseal() from error
    return _unpad(padded).decode()


def _pad(content: bytes) -> bytes:
    """Lengthen to a power of two, at least `_SMALLEST`; four bytes in front say how much is content."""
    size = _SMALLEST
    while size < len(content) + 4:
        size *= 2
    return (len(content).to_bytes(4, "big") + content).ljust(size, b"\0")


def _unpad(padded: bytes) -> bytes:
    length = int.from_bytes(padded[:4], "big")
    return padded[4 : 4 + length]
