"""Ballot papers, the sealed box, its public log, and the stored result of a count.

What must hold is also said in the database: see `voting/guards.py` and `voting/sql/`, which have the casting
function and the triggers that keep the box shut outside the voting phase and the rules frozen.
"""

from voting.models.approvals import Approval, Extension
from voting.models.box import BallotBox, CastEvent, Checkpoint, LogNode
from voting.models.desks import KeyedBallot, PaperBatch, PaperDesk, WithdrawnMark
from voting.models.papers import BallotPaper, Poll, Project
from voting.models.results import FinalBallot, Tally
from voting.models.rules import RuleSet

__all__ = [
    "Approval",
    "BallotBox",
    "BallotPaper",
    "CastEvent",
    "Checkpoint",
    "Extension",
    "FinalBallot",
    "KeyedBallot",
    "LogNode",
    "PaperBatch",
    "PaperDesk",
    "Poll",
    "Project",
    "RuleSet",
    "Tally",
    "WithdrawnMark",
]
