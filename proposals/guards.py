"""Steps, revisions and milestones tell what happened; of a revision the words can be erased, once."""

from core.db.triggers import Guards, Trigger, append_only

GUARDS = Guards(
    functions=("only_erase",),
    triggers=(
        append_only("Step"),
        append_only("Milestone"),
        Trigger("Revision", "append_only", "BEFORE UPDATE OR DELETE", "only_erase"),
    ),
)
