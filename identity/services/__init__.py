"""What people and officials do about accounts, persons and roles."""

from identity.services.accounts import confirm_address, register, set_up_account
from identity.services.roles import ask_to_end_role, confirm_role, end_or_ask, end_role, grant_role
from identity.services.verification import RecordedPerson, verify, verify_recorded

__all__ = [
    "RecordedPerson",
    "ask_to_end_role",
    "confirm_address",
    "confirm_role",
    "end_or_ask",
    "end_role",
    "grant_role",
    "register",
    "set_up_account",
    "verify",
    "verify_recorded",
]
