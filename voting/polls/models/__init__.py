"""Polls, ballot papers and their lines; approvals by two officials."""

from voting.polls.models.approvals import Approval, Extension
from voting.polls.models.ballot_styles import BallotStyle, Poll, Project
from voting.polls.models.rules import RuleSet, constraints_of_rules

__all__ = ["Approval", "BallotStyle", "Extension", "Poll", "Project", "RuleSet", "constraints_of_rules"]
