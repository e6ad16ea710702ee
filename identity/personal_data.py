"""Personal data of accounts and roles. Erasure runs from the top of the list to the account, the last."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from core.personal_data import Part, PersonalDataSource, Rows, Term, own_rows
from identity import retention
from identity.models import Account, Consent, Membership, StaffView
from identity.services import personal_data as erasures
from identity.services import retention as removals


def _account(account: Account) -> Rows:
    return [
        {
            "email": account.email,
            "display_name": account.display_name,
            "language": account.language,
            "joined_at": account.date_joined,
            "last_login": account.last_login,
        }
    ]


SOURCES = (
    PersonalDataSource(
        model=StaffView,
        columns=("subject",),
        why="To show to whomever it concerns that an official looked at their data.",
        on_erasure="stays until its term; it names a number",
        part=Part(
            "looked_at_by_officials",
            130,
            own_rows(StaffView, "subject", "authority__slug", "page", "seen_at"),
        ),
        terms=(
            Term(
                _("Which officials viewed your data"),
                _("%(days)s days after they viewed it"),
                retention.STAFF_VIEW,
                removals.remove_staff_views,
            ),
        ),
    ),
    PersonalDataSource(
        model=StaffView,
        columns=("viewer",),
        why="To show which official it was.",
        on_erasure="stays until its term; officials lay their roles down first",
        file="record",
    ),
    PersonalDataSource(
        model=Membership,
        columns=("account", "grant_reason", "end_reason"),
        why="To know who may do what in an authority, and who gave it to them why.",
        on_erasure="stays, ended; officials lay their roles down first",
        part=Part(
            "roles",
            120,
            own_rows(
                Membership,
                "account",
                "authority__slug",
                "role",
                "department__slug",
                "granted_at",
                "grant_reason",
                "ended_at",
                "end_reason",
            ),
        ),
        pages={"identity:roles": _("roles in the authority"), "identity:role": _("role")},
    ),
    PersonalDataSource(
        model=LogEntry,
        columns=("user", "object_id", "object_repr", "change_message"),
        why="To know what the platform's operators changed at /admin/.",
        on_erasure="stays; it names a number",
        file="record",
    ),
    PersonalDataSource(
        model=Consent,
        columns=("account", "visitor"),
        why="To show that somebody agreed to which version of a text, and when.",
        on_erasure="taken back",
        part=Part(
            "agreements",
            60,
            own_rows(Consent, "account", "purpose", "version", "given_at", "withdrawn_at"),
        ),
        erase=erasures.take_consents_back,
        terms=(
            Term(
                _("Consent of a browser to optional cookies"),
                _("%(days)s days after consent"),
                retention.VISITOR_CONSENT,
                removals.remove_consents,
            ),
            # By the same verb, `retention.ACCOUNT_CONSENT` afterwards.
            Term(
                _("Your agreement to the terms and this notice"),
                _("five years after you withdraw it or leave"),
            ),
        ),
    ),
    PersonalDataSource(
        model=Session,
        columns=("session_key", "session_data"),
        why="To keep somebody signed in, and what they typed before the password was asked again: sealed.",
        on_erasure="deleted",
        file="sessions",
        erase=erasures.end_sessions,
    ),
    PersonalDataSource(
        model=UserSession,
        columns=("user", "ip", "user_agent", "session_key", "data"),
        why="To let somebody see and end the sessions of their account.",
        on_erasure="deleted",
        part=Part(
            "sessions", 50, own_rows(UserSession, "user", "ip", "user_agent", "created_at", "last_seen_at")
        ),
        erase=erasures.erase_own_rows(UserSession, "user"),
        terms=(
            Term(
                _("Where you signed in and with which browser"),
                _("%(days)s days after the session was last used"),
                retention.SESSION,
                removals.remove_sessions,
            ),
        ),
    ),
    PersonalDataSource(
        model=SocialAccount,
        columns=("user", "uid", "extra_data"),
        why="To sign somebody in with an identity provider.",
        on_erasure="deleted",
        part=Part(
            "sign_in_providers",
            40,
            own_rows(SocialAccount, "user", "provider", "uid", "date_joined", "last_login"),
        ),
        erase=erasures.erase_own_rows(SocialAccount, "user"),
    ),
    PersonalDataSource(
        model=SocialToken,
        columns=("token", "token_secret"),
        why="None is stored; the library brings the table along.",
        on_erasure="deleted with the sign-in at the provider",
    ),
    PersonalDataSource(
        model=Authenticator,
        columns=("user", "data"),
        why="To ask for a second factor. Its secrets are sealed, and in no file.",
        on_erasure="deleted",
        part=Part(
            "second_factors", 30, own_rows(Authenticator, "user", "type", "created_at", "last_used_at")
        ),
        erase=erasures.erase_own_rows(Authenticator, "user"),
    ),
    PersonalDataSource(
        model=EmailConfirmation,
        columns=("key",),
        why="None is stored; the library brings the table along.",
        on_erasure="deleted with the address",
    ),
    PersonalDataSource(
        model=EmailAddress,
        columns=("user", "email"),
        why="To know that an address is its account's: sealed.",
        on_erasure="deleted",
        part=Part("addresses", 20, own_rows(EmailAddress, "user", "email", "verified", "primary")),
        erase=erasures.erase_own_rows(EmailAddress, "user"),
    ),
    PersonalDataSource(
        model=Account,
        columns=("email", "display_name", "password"),
        why="To sign somebody in and to write to them. A sealed address, a hash in no file.",
        on_erasure="emptied and closed; the number stays",
        part=Part("account", 10, _account),
        erase=erasures.empty,
        terms=(
            Term(
                _("Registrations whose e-mail address was never confirmed"),
                _("%(days)s days after registration"),
                retention.UNCONFIRMED_ACCOUNT,
                removals.remove_unconfirmed_accounts,
            ),
            Term(
                _("Your e-mail address, display name and sign-in details"), _("until you erase your account")
            ),
        ),
    ),
)
