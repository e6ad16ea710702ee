"""Rules are frozen with the vote, wherever voters may rely on them, and a vote goes step by step.

SQLSTATEs: VB001 voting is not open, VB002 the rules are frozen.
"""

from core.db.triggers import Guards, Trigger, no_truncate

_ALWAYS = "BEFORE INSERT OR UPDATE OR DELETE"

GUARDS = Guards(
    functions=(
        "voting_is_open",
        "guard_extension",
        "guard_poll",
        "require_whole_log",
        "guard_transcription_before_count",
        "require_unfrozen",
        "freeze_by_round",
        "freeze_project",
        "freeze_round",
        "freeze_phase",
    ),
    triggers=(
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
            "guard_transcription_before_count",
            when="OLD.state = 'closed' AND NEW.state = 'reconciled'",
        ),
        # The frozen rules: what a voter may rely on, wherever it is written down.
        Trigger("BallotStyle", "frozen", _ALWAYS, "freeze_by_round"),
        no_truncate("BallotStyle"),
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
