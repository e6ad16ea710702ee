"""Changes of proposals and comments by residents, officials and the clock; the only writers of these tables.

Each takes the round's shared lock, reads the database's clock, locks the row, checks, writes, and records. A
refusal changes nothing.
"""

from proposals.services.assisted import (
    Agreed,
    claim_written_down,
    note_told,
    note_views_of_reach,
    write_down_comment,
    write_down_proposal,
)
from proposals.services.comments import post_comment, publish_comment, reject_comment
from proposals.services.decisions import adopt, adopt_all, decline, decline_all, put_on_ballot
from proposals.services.erasure import erase_texts
from proposals.services.progress import report_progress
from proposals.services.records import RecordedProposal, load_recorded
from proposals.services.supports import give_support, take_back_support
from proposals.services.texts import publish, save_draft, send_back, submit, withdraw

__all__ = [
    "Agreed",
    "RecordedProposal",
    "adopt",
    "adopt_all",
    "claim_written_down",
    "decline",
    "decline_all",
    "erase_texts",
    "give_support",
    "load_recorded",
    "note_told",
    "note_views_of_reach",
    "post_comment",
    "publish",
    "publish_comment",
    "put_on_ballot",
    "reject_comment",
    "report_progress",
    "save_draft",
    "send_back",
    "submit",
    "take_back_support",
    "withdraw",
    "write_down_comment",
    "write_down_proposal",
]
