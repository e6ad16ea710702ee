"""Persons as authorities have verified them, and the ways in which they show who they are."""

from identity.verification.models.persons import AgeGroup, Identity, Person
from identity.verification.models.routes import (
    Challenge,
    FailedAttempt,
    RegisterEntry,
    VerificationAppeal,
    VerificationRoute,
)

__all__ = [
    "AgeGroup",
    "Challenge",
    "FailedAttempt",
    "Identity",
    "Person",
    "RegisterEntry",
    "VerificationAppeal",
    "VerificationRoute",
]
