"""Guards: decisions never change."""

from core.db.triggers import Guards, append_only

GUARDS = Guards(triggers=(append_only("Decision"),))
