"""What people and officials do about accounts, persons and roles."""

from identity.services.accounts import confirm_address, register, set_up_account
from identity.services.codes import (
    enter_code,
    enter_letter_code,
    enter_visitors_code,
    enter_visitors_letter_code,
    send_code,
    send_code_to_visitor,
)
from identity.services.consents import agree, choose_cookies, publish_policy, withdraw_consent
from identity.services.desk import (
    answer_appeal,
    appeal_verification,
    find_person,
    set_up_route,
    verify_in_person,
)
from identity.services.passes import (
    attend,
    attended,
    give_pass,
    holder_of_pass,
    stop_attending,
    take_back_pass,
)
from identity.services.personal_data import erase, export_personal_data, note_views
from identity.services.providers import accept_claims, assurance_of, refuse_provider
from identity.services.registers import Letter, load_register
from identity.services.roles import ask_to_end_role, confirm_role, end_or_ask, end_role, grant_role
from identity.services.signing_in import set_up_sign_in
from identity.services.verification import RecordedPerson, verify, verify_recorded

__all__ = [
    "Letter",
    "RecordedPerson",
    "accept_claims",
    "agree",
    "answer_appeal",
    "appeal_verification",
    "ask_to_end_role",
    "assurance_of",
    "attend",
    "attended",
    "choose_cookies",
    "confirm_address",
    "confirm_role",
    "end_or_ask",
    "end_role",
    "enter_code",
    "enter_letter_code",
    "enter_visitors_code",
    "enter_visitors_letter_code",
    "erase",
    "export_personal_data",
    "find_person",
    "give_pass",
    "grant_role",
    "holder_of_pass",
    "load_register",
    "note_views",
    "publish_policy",
    "refuse_provider",
    "register",
    "send_code",
    "send_code_to_visitor",
    "set_up_account",
    "set_up_route",
    "set_up_sign_in",
    "stop_attending",
    "take_back_pass",
    "verify",
    "verify_in_person",
    "verify_recorded",
    "withdraw_consent",
]
