"""Verification: each function in the module of its subject."""

from identity.verification.services.codes import (
    enter_code,
    enter_letter_code,
    enter_visitors_code,
    enter_visitors_letter_code,
    send_code,
    send_code_to_visitor,
)
from identity.verification.services.passes import (
    attend,
    attended,
    give_pass,
    holder_of_pass,
    stop_attending,
    take_back_pass,
)
from identity.verification.services.persons import RecordedPerson, verify, verify_recorded
from identity.verification.services.providers import accept_claims, assurance_of, refuse_provider
from identity.verification.services.registers import Letter, load_register
from identity.verification.services.service_desk import (
    answer_appeal,
    appeal_verification,
    find_person,
    set_up_route,
    verify_in_person,
)

__all__ = [
    "Letter",
    "RecordedPerson",
    "accept_claims",
    "answer_appeal",
    "appeal_verification",
    "assurance_of",
    "attend",
    "attended",
    "enter_code",
    "enter_letter_code",
    "enter_visitors_code",
    "enter_visitors_letter_code",
    "find_person",
    "give_pass",
    "holder_of_pass",
    "load_register",
    "refuse_provider",
    "send_code",
    "send_code_to_visitor",
    "set_up_route",
    "stop_attending",
    "take_back_pass",
    "verify",
    "verify_in_person",
    "verify_recorded",
]
