"""Services of this room; each function in the module of its subject."""

from voting.counting.services.closing import approve, certify, count, destroy_leftover_keys

__all__ = ["approve", "certify", "count", "destroy_leftover_keys"]
