"""Proposals and comments, and a proposal's life from draft to carried out."""

from proposals.models.assistance import Assistance
from proposals.models.history import Milestone, Revision, Step
from proposals.models.proposal_text import TEXT_FIELDS, WORDS, WRITTEN_OUT, Fields, ProposalText
from proposals.models.responses import Comment, Support
from proposals.models.texts import Channel, Proposal, ProposalQuerySet, Words, public_rows

__all__ = [
    "TEXT_FIELDS",
    "WORDS",
    "WRITTEN_OUT",
    "Assistance",
    "Channel",
    "Comment",
    "Fields",
    "Milestone",
    "Proposal",
    "ProposalQuerySet",
    "ProposalText",
    "Revision",
    "Step",
    "Support",
    "Words",
    "public_rows",
]
