"""Sessions in the database, with sealed contents.

During registration or a change of address, the session holds the address; between a request and the repeated
password, it holds what was typed.
"""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.utils import timezone

from core.db.prepared import Prepared
from identity import fields
from identity.keys import KeyUnavailable

_PURPOSE = "session"
# Queried by every page of a signed-in user, and by every ballot.
_session: Prepared[AbstractBaseSession] = Prepared(
    lambda key: db.SessionStore.get_model_class().objects.filter(session_key=key)[:1], str
)


class SessionStore(db.SessionStore):
    """Django's sessions in the database, sealed under the key of sealed columns."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        return fields.seal(_PURPOSE, self.serializer().dumps(session_dict).decode("latin-1"))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the session's contents; empty if it was changed or sealed under a retired key."""
        # Outside the attempt: a missing key is an outage and must not sign everybody out in silence.
        fields.ring()
        try:
            plain = fields.unseal(_PURPOSE, str(session_data))
        except KeyUnavailable:
            return {}
        kept: dict[str, Any] = self.serializer().loads(plain.encode("latin-1"))
        return kept

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        """Return the row of this session if it is still good; a key without one is given up. One query."""
        row = _session.first(self.session_key or "")
        if row is None or row.expire_date <= timezone.now():
            self._session_key = None
            return None
        return row
