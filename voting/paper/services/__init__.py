"""Services of this room; each function in the module of its subject."""

from voting.paper.services.batches import (
    declare_batch,
    finish_data_entry,
    recount_batch,
    transcribe_ballot,
    withdraw_batch,
)
from voting.paper.services.check_ins import (
    cancel_check_in,
    check_in,
    open_polling_place,
    settle_polling_place,
)

__all__ = [
    "cancel_check_in",
    "check_in",
    "declare_batch",
    "finish_data_entry",
    "open_polling_place",
    "recount_batch",
    "settle_polling_place",
    "transcribe_ballot",
    "withdraw_batch",
]
