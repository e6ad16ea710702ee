"""Services of this room; each function in the module of its subject."""

from voting.ballots.services.casting import (
    Cast,
    Envelope,
    Voter,
    cast,
    check,
    ready_poll,
    voter,
    voter_without_account,
)
from voting.ballots.services.freezing import freeze_rules
from voting.ballots.services.kiosks import end_kiosk, start_kiosk
from voting.ballots.services.recorded_ballots import RecordedBallot, load_recorded_ballots
from voting.ballots.services.sequencing import sequence
from voting.ballots.services.withdrawals import withdraw_ballot, withdraw_ballots

__all__ = [
    "Cast",
    "Envelope",
    "RecordedBallot",
    "Voter",
    "cast",
    "check",
    "end_kiosk",
    "freeze_rules",
    "load_recorded_ballots",
    "ready_poll",
    "sequence",
    "start_kiosk",
    "voter",
    "voter_without_account",
    "withdraw_ballot",
    "withdraw_ballots",
]
