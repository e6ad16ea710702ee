"""Proposals and comments, and a proposal's life from draft to carried out."""

from proposals.models.assistance import Assistance
from proposals.models.history import Milestone, Revision, Step
from proposals.models.responses import Comment, Support
from proposals.models.reviews import Review
from proposals.models.texts import Channel, Proposal, Track, Words

__all__ = [
    "Assistance",
    "Channel",
    "Comment",
    "Milestone",
    "Proposal",
    "Review",
    "Revision",
    "Step",
    "Support",
    "Track",
    "Words",
]
