"""Accounts, the persons behind them, and what they may do where, a module for each."""

from identity.models.accounts import Account, AccountManager, SignInProvider
from identity.models.consents import Consent, Policy
from identity.models.memberships import Membership
from identity.models.persons import AgeGroup, Identity, KeyCheck, Person
from identity.models.staff_views import StaffView
from identity.models.verification import (
    Challenge,
    FailedAttempt,
    RegisterEntry,
    VerificationAppeal,
    VerificationRoute,
)

__all__ = [
    "Account",
    "AccountManager",
    "AgeGroup",
    "Challenge",
    "Consent",
    "FailedAttempt",
    "Identity",
    "KeyCheck",
    "Membership",
    "Person",
    "Policy",
    "RegisterEntry",
    "SignInProvider",
    "StaffView",
    "VerificationAppeal",
    "VerificationRoute",
]
