"""The signed answer to a voter: a promise that the ballot is in the log by the next checkpoint."""

from dataclasses import dataclass
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.canonical import canonical


@dataclass(frozen=True, slots=True)
class Receipt:
    """The recorded ballot, signed with the authority's Ed25519 key; equal input gives equal bytes."""

    round_slug: str
    log_ref: bytes
    commitment: bytes
    kind: str
    recorded_on: date
    signature: bytes = b""

    @property
    def statement(self) -> bytes:
        """The bytes that are signed: one line of JSON with sorted keys."""
        return canonical(
            {
                "commitment": self.commitment.hex(),
                "kind": self.kind,
                "log_ref": self.log_ref.hex(),
                "recorded_on": self.recorded_on.isoformat(),
                "round": self.round_slug,
                "type": "receipt-v1",
            }
        )

    def signed(self, key: Ed25519PrivateKey) -> "Receipt":
        return Receipt(
            self.round_slug,
            self.log_ref,
            self.commitment,
            self.kind,
            self.recorded_on,
            key.sign(self.statement),
        )

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        try:
            key.verify(self.signature, self.statement)
        except InvalidSignature:
            return False
        return True
