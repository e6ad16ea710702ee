"""Proposals and comments, and a proposal's life from draft to carried out."""

from proposals.models.assisted_submissions import AssistedSubmission
from proposals.models.history import Milestone, Revision, StatusChange
from proposals.models.proposal_text import TEXT_FIELDS, WORDS, WRITTEN_OUT, Fields, ProposalText
from proposals.models.responses import Comment, Support
from proposals.models.texts import Channel, Proposal, ProposalQuerySet, Words, public_rows

__all__ = [
    "TEXT_FIELDS",
    "WORDS",
    "WRITTEN_OUT",
    "AssistedSubmission",
    "Channel",
    "Comment",
    "Fields",
    "Milestone",
    "Proposal",
    "ProposalQuerySet",
    "ProposalText",
    "Revision",
    "StatusChange",
    "Support",
    "Words",
    "public_rows",
]
