"""Changes of accounts, agreements, roles and personal data."""

from identity.services.accounts import confirm_address, register, set_up_account
from identity.services.consents import agree, choose_cookies, publish_policy, withdraw_consent
from identity.services.personal_data import erase, export_personal_data, note_views
from identity.services.roles import ask_to_end_role, confirm_role, end_or_ask, end_role, grant_role
from identity.services.sign_in import set_up_sign_in

__all__ = [
    "agree",
    "ask_to_end_role",
    "choose_cookies",
    "confirm_address",
    "confirm_role",
    "end_or_ask",
    "end_role",
    "erase",
    "export_personal_data",
    "grant_role",
    "note_views",
    "publish_policy",
    "register",
    "set_up_account",
    "set_up_sign_in",
    "withdraw_consent",
]
