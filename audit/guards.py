"""The record, its seals and the inspections are written once."""

from core.db.triggers import Guards, append_only, no_truncate

GUARDS = Guards(
    functions=("last_settled_event",),
    triggers=(
        append_only("Event"),
        no_truncate("Event"),
        append_only("Seal"),
        no_truncate("Seal"),
        append_only("Inspection"),
        no_truncate("Inspection"),
    ),
)
