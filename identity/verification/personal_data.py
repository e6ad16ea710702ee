"""Personal data of verification: persons, their hashes, and the proof."""

from django.utils.translation import gettext_lazy as _

from core.personal_data import Part, PersonalDataSource, Term, own_rows
from identity import retention
from identity.services.personal_data import erase_own_rows
from identity.verification.models import (
    Challenge,
    FailedAttempt,
    Identity,
    Person,
    RegisterEntry,
    VerificationAppeal,
)
from identity.verification.services import retention as removals
from identity.verification.services.erasure import part_from_person

SOURCES = (
    PersonalDataSource(
        model=Person,
        columns=("account", "residency", "area", "age_group"),
        why="To know that somebody is entitled, once, without a name or a date of birth.",
        on_erasure="loses the account, and ends",
        part=Part(
            "verifications",
            70,
            own_rows(
                Person,
                "account",
                "authority__slug",
                "residency",
                "area__code",
                "age_group",
                "assurance",
                "verified_at",
                "expires_at",
            ),
        ),
        erase=part_from_person,
        pages={"identity:desk_verify": _("service desk")},
    ),
    PersonalDataSource(
        model=Identity,
        columns=("person", "hmac"),
        why="To tell that two verifications are of one person: keyed hashes.",
        on_erasure="stays until its term, so that nobody votes twice by leaving",
        part=Part(
            "kept_as_hashes",
            80,
            own_rows(Identity, "person__account", "authority__slug", "kind", "confirmed_at"),
        ),
        terms=(
            Term(
                _("What proved who you are, as an irreversible code"),
                _("%(days)s days after your verification expires"),
                retention.IDENTITY,
                removals.remove_identities,
            ),
        ),
    ),
    PersonalDataSource(
        model=RegisterEntry,
        columns=("hmac", "phone_hmac", "letter_hmac", "residency", "area", "age_group"),
        why="To look up on an authority's register who asks to be verified: keyed hashes, of no account.",
        on_erasure="stays until its term; it is the register's",
        terms=(
            Term(
                _("Entries of an authority's register, as irreversible codes"),
                _("%(days)s days after they were last loaded; the file itself is not kept"),
                retention.REGISTER_ENTRY,
                removals.remove_register_entries,
            ),
            Term(
                _("Codes from letters"),
                _("%(days)s days after they are used or expire"),
                retention.LETTER_CODE,
                removals.remove_letter_codes,
            ),
        ),
    ),
    PersonalDataSource(
        model=Challenge,
        columns=(
            "account",
            "network_hmac",
            "phone_hmac",
            "code_hmac",
            "entry_hmac",
            "residency",
            "area",
            "age_group",
        ),
        why="To check a code on its way to a phone, and to limit how many are sent: keyed hashes.",
        on_erasure="deleted",
        part=Part("codes_sent", 90, own_rows(Challenge, "account", "route__method", "sent_at", "used_at")),
        erase=erase_own_rows(Challenge, "account"),
        terms=(
            Term(
                _("Codes sent to a phone, and an irreversible code of its number"),
                _("%(days)s days after they are sent"),
                retention.PHONE_CODE,
                removals.remove_phone_codes,
            ),
        ),
    ),
    PersonalDataSource(
        model=FailedAttempt,
        columns=("account",),
        why="To lock out whoever guesses.",
        on_erasure="deleted",
        part=Part("failed_attempts", 100, own_rows(FailedAttempt, "account", "authority__slug", "failed_at")),
        erase=erase_own_rows(FailedAttempt, "account"),
        terms=(
            Term(
                _("Failed attempts to confirm an identity"),
                _("%(days)s days after the attempt"),
                retention.FAILED_ATTEMPT,
                removals.remove_failed_attempts,
            ),
        ),
    ),
    PersonalDataSource(
        model=VerificationAppeal,
        columns=("account", "text", "answer"),
        why="To help whoever cannot be verified.",
        on_erasure="deleted",
        part=Part(
            "requests_for_help",
            110,
            own_rows(
                VerificationAppeal,
                "account",
                "authority__slug",
                "text",
                "made_at",
                "answer",
                "answered_at",
            ),
        ),
        erase=erase_own_rows(VerificationAppeal, "account"),
        terms=(
            Term(
                _("Requests for help with verification, and their answers"),
                _("%(days)s days after the answer"),
                retention.APPEAL,
                removals.remove_appeals,
            ),
        ),
        pages={"identity:desk_answer": _("request for help with verification")},
    ),
)
