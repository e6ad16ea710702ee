"""The vote for machines: certified results, and the open log with its proofs."""

from voting.api.log import Checkpoints, Consistency, CountedBallot, Entries, Inclusion, Log
from voting.api.results import Results

__all__ = ["Checkpoints", "Consistency", "CountedBallot", "Entries", "Inclusion", "Log", "Results"]
