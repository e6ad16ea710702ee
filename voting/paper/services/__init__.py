"""Services of this room; each function in the module of its subject."""

from voting.paper.services.batches import (
    declare_batch,
    finish_keying,
    key_ballot,
    recount_batch,
    withdraw_batch,
)
from voting.paper.services.marks import mark_paper, open_desk, settle_desk, withdraw_mark

__all__ = [
    "declare_batch",
    "finish_keying",
    "key_ballot",
    "mark_paper",
    "open_desk",
    "recount_batch",
    "settle_desk",
    "withdraw_batch",
    "withdraw_mark",
]
