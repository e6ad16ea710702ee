"""The box is shut outside the vote, and its log only grows.

SQLSTATEs: VB001 voting is not open. All else is refused as `restrict_violation`, for no code of the platform
tries it.
"""

from core.db.triggers import Guards, Trigger, append_only, no_truncate

_ALWAYS = "BEFORE INSERT OR UPDATE OR DELETE"

GUARDS = Guards(
    functions=(
        "cast_ballot",
        "withdraw_ballot",
        "empty_box",
        "guard_box",
        "guard_log",
        "guard_checkpoint",
        "guard_result",
    ),
    triggers=(
        Trigger("BallotBox", "guard", _ALWAYS, "guard_box"),
        no_truncate("BallotBox"),
        Trigger("CastEvent", "guard", _ALWAYS, "guard_log"),
        no_truncate("CastEvent"),
        Trigger("Checkpoint", "guard", _ALWAYS, "guard_checkpoint"),
        no_truncate("Checkpoint"),
        append_only("LogNode"),
        no_truncate("LogNode"),
        Trigger("FinalBallot", "guard", _ALWAYS, "guard_result"),
        no_truncate("FinalBallot"),
    ),
)
