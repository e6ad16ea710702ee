"""Paper ballots are no more than people who were checked in, and what two clerks agreed on stays.

SQLSTATE VB003: more paper ballots than marks.
"""

from core.db.triggers import Guards, Trigger, append_only, no_truncate

_ALWAYS = "BEFORE INSERT OR UPDATE OR DELETE"
_LATER = "BEFORE UPDATE OR DELETE"

GUARDS = Guards(
    functions=(
        "take_mark_back",
        "paper_marks",
        "paper_keyed",
        "paper_marks_within",
        "paper_keyed_within",
        "paper_is_used_up",
        "paper_may_change",
        "unsettled_desks",
        "guard_keyed",
        "guard_batch",
        "guard_desk",
    ),
    triggers=(
        # Paper.
        Trigger("KeyedBallot", "guard", _ALWAYS, "guard_keyed"),
        no_truncate("KeyedBallot"),
        append_only("WithdrawnMark"),
        no_truncate("WithdrawnMark"),
        Trigger("PaperBatch", "guard", _ALWAYS, "guard_batch"),
        no_truncate("PaperBatch"),
        Trigger("PaperDesk", "guard", _LATER, "guard_desk"),
        no_truncate("PaperDesk"),
    ),
)
