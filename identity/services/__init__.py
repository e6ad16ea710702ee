"""What people and officials do about accounts, persons and roles."""

from identity.services.accounts import confirm_address, register, set_up_account
from identity.services.codes import enter_code, enter_letter_code, send_code
from identity.services.desk import answer_appeal, appeal_verification, set_up_route, verify_in_person
from identity.services.providers import accept_claims, refuse_provider
from identity.services.registers import Letter, load_register
from identity.services.roles import ask_to_end_role, confirm_role, end_or_ask, end_role, grant_role
from identity.services.verification import RecordedPerson, verify, verify_recorded

__all__ = [
    "Letter",
    "RecordedPerson",
    "accept_claims",
    "answer_appeal",
    "appeal_verification",
    "ask_to_end_role",
    "confirm_address",
    "confirm_role",
    "end_or_ask",
    "end_role",
    "enter_code",
    "enter_letter_code",
    "grant_role",
    "load_register",
    "refuse_provider",
    "register",
    "send_code",
    "set_up_account",
    "set_up_route",
    "verify",
    "verify_in_person",
    "verify_recorded",
]
