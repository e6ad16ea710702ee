"""Paper ballots are no more than people who were checked in, and what two clerks agreed on stays.

SQLSTATE VB003: more paper ballots than marks.
"""

from core.db.triggers import Guards, Trigger, append_only, no_truncate

_ALWAYS = "BEFORE INSERT OR UPDATE OR DELETE"
_LATER = "BEFORE UPDATE OR DELETE"

GUARDS = Guards(
    functions=(
        "cancel_check_in",
        "check_ins",
        "transcribed_ballots",
        "check_ins_within",
        "transcribed_ballots_within",
        "check_ins_are_used_up",
        "paper_may_change",
        "unsettled_polling_places",
        "guard_transcription",
        "guard_batch",
        "guard_polling_place",
    ),
    triggers=(
        # Paper.
        Trigger("TranscribedBallot", "guard", _ALWAYS, "guard_transcription"),
        no_truncate("TranscribedBallot"),
        append_only("CancelledCheckIn"),
        no_truncate("CancelledCheckIn"),
        Trigger("BallotBatch", "guard", _ALWAYS, "guard_batch"),
        no_truncate("BallotBatch"),
        Trigger("PollingPlace", "guard", _LATER, "guard_polling_place"),
        no_truncate("PollingPlace"),
    ),
)
