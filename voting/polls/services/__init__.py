"""Services of this room; each function in the module of its subject."""

from voting.polls.services.ballot_styles import (
    BallotStylePlan,
    change_ballot_style,
    draw_up_ballot_styles,
    rules_as_they_stand,
)
from voting.polls.services.clerks import require_clerk
from voting.polls.services.extensions import approve_extension, request_extension, withdraw_extension
from voting.polls.services.rules import choose_rule, draw_up_rules, require_countable, settings_to_freeze

__all__ = [
    "BallotStylePlan",
    "approve_extension",
    "change_ballot_style",
    "choose_rule",
    "draw_up_ballot_styles",
    "draw_up_rules",
    "request_extension",
    "require_clerk",
    "require_countable",
    "rules_as_they_stand",
    "settings_to_freeze",
    "withdraw_extension",
]
