"""What people, officials and the clock do in a vote, a module for each noun."""

from voting.services.batches import (
    declare_batch,
    finish_keying,
    key_ballot,
    recount_batch,
    withdraw_batch,
)
from voting.services.bundles import make_bundle
from voting.services.casting import Cast, Envelope, Voter, cast, check, voter, voter_without_account
from voting.services.closing import approve, certify, count, destroy_leftover_keys
from voting.services.extensions import approve_extension, request_extension, withdraw_extension
from voting.services.kiosks import end_kiosk, start_kiosk
from voting.services.loading import RecordedBallot, load_recorded_ballots
from voting.services.marks import mark_paper, open_desk, settle_desk, withdraw_mark
from voting.services.papers import (
    PaperPlan,
    change_ballot_paper,
    draw_up_ballot_paper,
    freeze_rules,
    rules_as_they_stand,
)
from voting.services.rules import choose_rule, draw_up_rules
from voting.services.sequencing import sequence
from voting.services.withdrawals import withdraw_ballots

__all__ = [
    "Cast",
    "Envelope",
    "PaperPlan",
    "RecordedBallot",
    "Voter",
    "approve",
    "approve_extension",
    "cast",
    "certify",
    "change_ballot_paper",
    "check",
    "choose_rule",
    "count",
    "declare_batch",
    "destroy_leftover_keys",
    "draw_up_ballot_paper",
    "draw_up_rules",
    "end_kiosk",
    "finish_keying",
    "freeze_rules",
    "key_ballot",
    "load_recorded_ballots",
    "make_bundle",
    "mark_paper",
    "open_desk",
    "recount_batch",
    "request_extension",
    "rules_as_they_stand",
    "sequence",
    "settle_desk",
    "start_kiosk",
    "voter",
    "voter_without_account",
    "withdraw_ballots",
    "withdraw_batch",
    "withdraw_extension",
    "withdraw_mark",
]
