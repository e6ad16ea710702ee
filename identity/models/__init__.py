"""Accounts, what they agreed to and what they may do where, a module for each."""

from identity.models.accounts import Account, AccountManager, SignInProvider
from identity.models.consents import Consent, Policy
from identity.models.keys import KeyCheck
from identity.models.memberships import Membership
from identity.models.staff_views import PAGES_WITH_PERSONAL_DATA, StaffView

__all__ = [
    "PAGES_WITH_PERSONAL_DATA",
    "Account",
    "AccountManager",
    "Consent",
    "KeyCheck",
    "Membership",
    "Policy",
    "SignInProvider",
    "StaffView",
]
