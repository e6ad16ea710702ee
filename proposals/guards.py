"""Steps, revisions and milestones tell what happened; of a revision the words can be erased, once."""

from core.db.triggers import Guards, Trigger, append_only

GUARDS = Guards(
    functions=("only_erase", "require_track"),
    triggers=(
        append_only("StatusChange"),
        Trigger("Proposal", "require_track", "BEFORE INSERT OR UPDATE OF track, round_id", "require_track"),
        append_only("Milestone"),
        Trigger("Revision", "append_only", "BEFORE UPDATE OR DELETE", "only_erase"),
    ),
)
