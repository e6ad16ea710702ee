"""What is removed when, from every table: the privacy notice shows this list, a task keeps to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from identity import retention
from identity.services import retention as account_removals
from identity.verification.services import retention as verification_removals
from proposals.services.assisted import remove_reach


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept, until when in words, how long after that moment, and what removes it."""

    what: str | Promise
    says: str | Promise
    after: timedelta
    remove: Callable[[datetime], int]

    @property
    def until(self) -> str:
        """The term in the reader's language."""
        return str(self.says) % {"days": self.after.days}


RULES = (
    Rule(
        _("Codes sent to a phone, and a code of the phone's number that cannot be read back"),
        _("%(days)s days after they were sent"),
        retention.PHONE_CODE,
        verification_removals.remove_phone_codes,
    ),
    Rule(
        _("Failed attempts to confirm who one is"),
        _("%(days)s days afterwards"),
        retention.FAILED_ATTEMPT,
        verification_removals.remove_failed_attempts,
    ),
    Rule(
        _("Codes of letters"),
        _("%(days)s days after they were used or went out of date"),
        retention.LETTER_CODE,
        verification_removals.remove_letter_codes,
    ),
    Rule(
        _("Entries of an authority's register, as codes that cannot be read back"),
        _("%(days)s days after they were last loaded; the file itself is not kept"),
        retention.REGISTER_ENTRY,
        verification_removals.remove_register_entries,
    ),
    Rule(
        _("What showed who you are, as a code that cannot be read back"),
        _("%(days)s days after your verification has ended"),
        retention.IDENTITY,
        verification_removals.remove_identities,
    ),
    Rule(
        _("Requests for help with verification, and their answers"),
        _("%(days)s days after the answer"),
        retention.APPEAL,
        verification_removals.remove_appeals,
    ),
    Rule(
        _("Where and with which browser you signed in"),
        _("%(days)s days after the session was last used"),
        retention.SESSION,
        account_removals.remove_sessions,
    ),
    Rule(
        _("Sign-ups whose e-mail address was never confirmed"),
        _("%(days)s days after the sign-up"),
        retention.UNCONFIRMED_ACCOUNT,
        account_removals.remove_unconfirmed_accounts,
    ),
    Rule(
        _("Where somebody can be reached for whom a service desk wrote something down"),
        _("%(days)s days afterwards, or as soon as they take it over in an account of their own"),
        retention.REACH,
        remove_reach,
    ),
    Rule(
        _("Which official looked at your data"),
        _("%(days)s days after they looked"),
        retention.STAFF_VIEW,
        account_removals.remove_staff_views,
    ),
    Rule(
        _("That a browser agreed to cookies that are not necessary"),
        _("%(days)s days after it agreed"),
        retention.VISITOR_CONSENT,
        account_removals.remove_consents,
    ),
)

# What no task removes, and what ends it.
KEPT_ALWAYS = (
    (_("Your e-mail address, chosen name and sign-in"), _("until you have your account erased")),
    (
        _("Published proposals and comments, and counts of support"),
        _("for good, as “former participant” once your account is erased"),
    ),
    (_("Your agreement to the terms and to this notice"), _("five years after you took it back or left")),
    (_("The sealed ballot"), _("until the vote is counted and the key is destroyed; it never names you")),
    (
        _("The record of who did what, by numbers without names"),
        _("for good: it shows that nothing was changed"),
    ),
)


def remove_due(now: datetime) -> dict[str, int]:
    """Remove everything whose time has come; return how many rows each rule removed."""
    return {str(rule.remove.__name__): rule.remove(now) for rule in RULES}
