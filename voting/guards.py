"""The box is shut outside the vote, the rules are frozen, and the log and the results are written once.

SQLSTATEs: VB001 voting is not open, VB002 the rules are frozen, VB003 more paper ballots than marks. All else
is refused as `restrict_violation`, for no code of the platform tries it.
"""

from core.db.triggers import Guards, Trigger, append_only, no_truncate

_ALWAYS = "BEFORE INSERT OR UPDATE OR DELETE"
_LATER = "BEFORE UPDATE OR DELETE"

GUARDS = Guards(
    functions=(
        # Whether the vote is open, and what casts and withdraws a ballot.
        "voting_is_open",
        "cast_ballot",
        "withdraw_ballot",
        "empty_box",
        "take_mark_back",
        # Figures of paper.
        "paper_marks",
        "paper_keyed",
        "paper_marks_within",
        "paper_keyed_within",
        "paper_is_used_up",
        "paper_may_change",
        "unsettled_desks",
        # What the triggers run.
        "guard_box",
        "guard_log",
        "guard_checkpoint",
        "guard_result",
        "guard_approval",
        "guard_extension",
        "guard_poll",
        "require_whole_log",
        "guard_keyed",
        "guard_batch",
        "guard_desk",
        "guard_paper_before_count",
        "require_unfrozen",
        "freeze_by_round",
        "freeze_project",
        "freeze_round",
        "freeze_phase",
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
        Trigger("Tally", "guard", _ALWAYS, "guard_result"),
        no_truncate("Tally"),
        Trigger("Approval", "guard", _LATER, "guard_approval"),
        no_truncate("Approval"),
        Trigger("Extension", "guard", _ALWAYS, "guard_extension"),
        no_truncate("Extension"),
        # The steps of a vote.
        Trigger("Poll", "guard", _ALWAYS, "guard_poll"),
        no_truncate("Poll"),
        Trigger(
            "Poll",
            "whole_log",
            "BEFORE UPDATE",
            "require_whole_log",
            when="OLD.state = 'frozen' AND NEW.state <> 'frozen'",
        ),
        Trigger(
            "Poll",
            "paper_before_count",
            "BEFORE UPDATE",
            "guard_paper_before_count",
            when="OLD.state = 'closed' AND NEW.state = 'reconciled'",
        ),
        # Paper.
        Trigger("KeyedBallot", "guard", _ALWAYS, "guard_keyed"),
        no_truncate("KeyedBallot"),
        append_only("WithdrawnMark"),
        no_truncate("WithdrawnMark"),
        Trigger("PaperBatch", "guard", _ALWAYS, "guard_batch"),
        no_truncate("PaperBatch"),
        Trigger("PaperDesk", "guard", _LATER, "guard_desk"),
        no_truncate("PaperDesk"),
        # The frozen rules: what a voter may rely on, wherever it is written down.
        Trigger("BallotPaper", "frozen", _ALWAYS, "freeze_by_round"),
        no_truncate("BallotPaper"),
        Trigger("Project", "frozen", _ALWAYS, "freeze_project"),
        no_truncate("Project"),
        Trigger("RuleSet", "frozen", _ALWAYS, "freeze_by_round"),
        Trigger("Phase", "frozen_insert", "BEFORE INSERT", "freeze_by_round", when="NEW.kind = 'voting'"),
        Trigger(
            "Phase",
            "frozen_update",
            "BEFORE UPDATE",
            "freeze_phase",
            when="OLD.kind = 'voting' OR NEW.kind = 'voting'",
        ),
        Trigger("Phase", "frozen_delete", "BEFORE DELETE", "freeze_by_round", when="OLD.kind = 'voting'"),
        Trigger("Entitlement", "frozen_insert", "BEFORE INSERT", "freeze_by_round", when="NEW.act = 'vote'"),
        Trigger(
            "Entitlement",
            "frozen_update",
            "BEFORE UPDATE",
            "freeze_by_round",
            when="OLD.act = 'vote' OR NEW.act = 'vote'",
        ),
        Trigger("Entitlement", "frozen_delete", "BEFORE DELETE", "freeze_by_round", when="OLD.act = 'vote'"),
        Trigger(
            "Round",
            "frozen",
            "BEFORE UPDATE",
            "freeze_round",
            when=(
                "(OLD.slug, OLD.authority_id, OLD.budget_minor, OLD.currency, OLD.time_zone) IS DISTINCT FROM"
                " (NEW.slug, NEW.authority_id, NEW.budget_minor, NEW.currency, NEW.time_zone)"
            ),
        ),
        # A live round that could be called imported afterwards could be cast into out of time.
        Trigger(
            "Round",
            "stays_imported_or_not",
            "BEFORE UPDATE",
            "refuse_change",
            when="OLD.is_imported <> NEW.is_imported",
        ),
    ),
)
