"""Sessions in the database, their contents sealed.

While somebody signs up or changes their address, the session holds the address; between a request and
the password asked again, it holds what was typed.
"""

from typing import Any

from django.contrib.sessions.backends import db

from identity import fields, sealing
from identity.keys import KeyUnavailable

_PURPOSE = "session"


class SessionStore(db.SessionStore):
    """Django's sessions in the database, sealed under the key of sealed columns."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        return sealing.seal(fields.key(), _PURPOSE, self.serializer().dumps(session_dict).decode("latin-1"))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return what was kept; nothing where it was changed or sealed under an older key."""
        # Outside the attempt: a missing key is an outage and must not sign everybody out in silence.
        key = fields.key()
        try:
            plain = sealing.unseal(key, _PURPOSE, str(session_data))
        except KeyUnavailable:
            return {}
        kept: dict[str, Any] = self.serializer().loads(plain.encode("latin-1"))
        return kept
