"""Accounts, what they agreed to and what they may do where, a module for each."""

from identity.models.accounts import Account, AccountManager, SignInProvider
from identity.models.consents import Consent, Policy
from identity.models.keys import KeyCheck
from identity.models.memberships import Membership
from identity.models.staff_views import StaffView

__all__ = [
    "Account",
    "AccountManager",
    "Consent",
    "KeyCheck",
    "Membership",
    "Policy",
    "SignInProvider",
    "StaffView",
]
