"""Reads of accounts: agreements, roles, and the access log."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from audit.actions import Action
from audit.models import Event
from authorities.models import Authority
from core.db.prepared import Prepared
from identity import identifiers
from identity.models import Account, Consent, Membership, Policy, SignInProvider, StaffView


def active_account_at(email: str) -> Account | None:
    """Return the account with this e-mail address, in any case, if it may sign in. One query."""
    return Account.objects.filter(email=email.lower(), is_active=True).first()


def roles_of(account: Account) -> QuerySet[Membership]:
    """Return the account's roles in force, by authority. One query."""
    in_force = account.memberships.in_force().select_related("authority", "department")
    return in_force.order_by("authority__slug", "role")


# The first version of each text comes with the platform and has no row.
_FIRST_VERSION = 1
# The agreements of an account, each with the version of its text in force now: read together, so that a new
# version is asked for as soon as it is published. Queried by every POST of a signed-in user.
_agreements: Prepared[Consent] = Prepared(
    lambda account: (
        Consent.objects.filter(account=account, withdrawn_at=None)
        .annotate(
            in_force=Coalesce(
                Subquery(
                    Policy.objects.filter(kind=OuterRef("purpose")).order_by("-number").values("number")[:1]
                ),
                _FIRST_VERSION,
            )
        )
        .order_by()
    ),
    int,
)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a text that people agree to."""

    kind: Policy.Kind
    number: int


def policies_in_force() -> list[Version]:
    """Return the version in force of each text. One query."""
    numbers = dict(Policy.objects.values_list("kind").annotate(number=Max("number")))
    return [Version(kind, numbers.get(kind.value, _FIRST_VERSION)) for kind in Policy.Kind]


def policies_to_accept(account: Account) -> list[Version]:
    """Return the versions in force that the account has not agreed to. One query; two if there are any."""
    agreed = {
        consent.purpose
        for consent in _agreements(account.pk)
        if consent.version == consent.in_force  # type: ignore[attr-defined]  # annotated above
    }
    if agreed.issuperset(Policy.Kind.values):
        return []
    return [version for version in policies_in_force() if version.kind.value not in agreed]


def policy(kind: Policy.Kind) -> Policy | None:
    """Return the version of a text that is in force, with its words. One query."""
    return Policy.objects.filter(kind=kind).order_by("-number").first()


def consents_of(account: Account) -> QuerySet[Consent]:
    """Return what the account has agreed to and taken back, in order of time. One query."""
    return Consent.objects.filter(account=account)


def views_of(account: Account) -> QuerySet[StaffView]:
    """Return which officials looked at the account's data, the latest first. One query."""
    return StaffView.objects.filter(subject=account).select_related("viewer", "authority")


def views_in(authority: Authority) -> QuerySet[StaffView]:
    """Return the access log of an authority, most recent first. One query."""
    return StaffView.objects.filter(authority=authority).select_related("viewer", "subject")


def open_memberships(authority: Authority) -> QuerySet[Membership]:
    """Return the authority's roles in force and those that wait for a second person. One query."""
    return (
        Membership.objects.open_in(authority)
        .select_related("account", "department", "granted_by", "end_asked_by")
        .order_by("role", "account__display_name", "pk")
    )


@dataclass(frozen=True, slots=True)
class Twins:
    """Two accounts that may belong to one person, and the sign of it: "mailbox" or "identity"."""

    account: Account
    other: Account
    sign: str


def suspected_twins(accounts: Iterable[Account]) -> list[Twins]:
    """Return which of these accounts may be one person's: four eyes of theirs would be two.

    By addresses that lead to one mailbox, and by an identity that one showed and the other holds. One query.
    """
    known = {account.pk: account for account in accounts}
    found: dict[tuple[int, int], str] = {}
    by_mailbox: dict[str, int] = {}
    for pk in sorted(known):
        other = by_mailbox.setdefault(identifiers.mailbox(known[pk].email), pk)
        if other != pk:
            found[other, pk] = "mailbox"
    noticed = Event.objects.filter(
        action=Action.SECOND_ACCOUNT_NOTICED, actor__in=known, subject_id__in=[str(pk) for pk in known]
    )
    for actor_id, subject_id in noticed.values_list("actor", "subject_id"):
        pair = sorted((actor_id, int(subject_id)))
        found[pair[0], pair[1]] = "identity"
    return [Twins(known[one], known[other], sign) for (one, other), sign in sorted(found.items())]


def open_sign_in_provider(slug: str) -> SignInProvider | None:
    """Return the provider to sign in with of that name, if it is open. One query."""
    return SignInProvider.objects.filter(slug=slug, is_open=True).first()
