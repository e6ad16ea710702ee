"""Results are written once, after the box was reconciled, and approved by two officials."""

from core.db.triggers import Guards, Trigger, no_truncate

_ALWAYS = "BEFORE INSERT OR UPDATE OR DELETE"
_LATER = "BEFORE UPDATE OR DELETE"

GUARDS = Guards(
    functions=("guard_approval",),
    triggers=(
        Trigger("Tally", "guard", _ALWAYS, "guard_result"),
        no_truncate("Tally"),
        Trigger("Approval", "guard", _LATER, "guard_approval"),
        no_truncate("Approval"),
    ),
)
