"""What people, officials and the clock do in a vote, a module for each noun."""

from voting.services.casting import Cast, Envelope, Voter, cast, check, voter, voter_without_account
from voting.services.closing import approve, certify, count
from voting.services.loading import RecordedBallot, load_recorded_ballots
from voting.services.papers import PaperPlan, change_ballot_paper, draw_up_ballot_paper, freeze_rules
from voting.services.sequencing import sequence

__all__ = [
    "Cast",
    "Envelope",
    "PaperPlan",
    "RecordedBallot",
    "Voter",
    "approve",
    "cast",
    "certify",
    "change_ballot_paper",
    "check",
    "count",
    "draw_up_ballot_paper",
    "freeze_rules",
    "load_recorded_ballots",
    "sequence",
    "voter",
    "voter_without_account",
]
