"""A published report and the record of an export stay as they are."""

from core.db.triggers import Guards, append_only

GUARDS = Guards(triggers=(append_only("Snapshot"), append_only("Export")))
