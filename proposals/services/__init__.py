"""Changes of proposals and comments by residents, officials and the clock; the only writers of these tables.

Each takes the round's shared lock, reads the database's clock, locks the row, checks, writes, and records. A
refusal changes nothing.
"""

from proposals.services.assisted_submissions import (
    Agreement,
    claim_assisted,
    note_contact_views,
    note_notified,
    submit_comment_on_behalf,
    submit_proposal_on_behalf,
)
from proposals.services.comments import post_comment, publish_comment, reject_comment
from proposals.services.decisions import adopt, adopt_all, decline, decline_all, put_on_ballot
from proposals.services.erasure import erase_texts
from proposals.services.progress import report_progress
from proposals.services.records import RecordedProposal, load_recorded
from proposals.services.supports import give_support, take_back_support
from proposals.services.texts import publish, save_draft, send_back, submit, withdraw

__all__ = [
    "Agreement",
    "RecordedProposal",
    "adopt",
    "adopt_all",
    "claim_assisted",
    "decline",
    "decline_all",
    "erase_texts",
    "give_support",
    "load_recorded",
    "note_contact_views",
    "note_notified",
    "post_comment",
    "publish",
    "publish_comment",
    "put_on_ballot",
    "reject_comment",
    "report_progress",
    "save_draft",
    "send_back",
    "submit",
    "submit_comment_on_behalf",
    "submit_proposal_on_behalf",
    "take_back_support",
    "withdraw",
]
