"""Who somebody is for an authority, and whether a round lets them act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from identity.exceptions import AssuranceTooLow, NotEntitled, NotVerified, TooYoung
from identity.models import (
    Account,
    AgeGroup,
    Membership,
    Person,
    SignInProvider,
    VerificationAppeal,
    VerificationRoute,
)
from rounds.models import Act, Area, Authority, Entitlement, Round
from rounds.prepared import Prepared

# Asked by every ballot.
_person_of = Prepared(
    lambda account_id, authority_id: Person.objects.filter(
        account_id=account_id, authority_id=authority_id
    ).select_related("area")[:1],
    int,
    int,
)
_entitlement = Prepared(
    lambda round_id, act, participation: Entitlement.objects.filter(
        round_id=round_id, act=act, participation=participation
    )[:1],
    int,
    str,
    str,
)


def person_of(account: Account, authority: Authority) -> Person | None:
    """Return the verified person behind an account in an authority. One query."""
    return _person_of.first(account.pk, authority.pk)


def require_entitled(round: Round, person: Person | None, act: Act, *, now: datetime) -> Person:
    """Return the person if the round lets them do the act now.

    Raises NotVerified, NotEntitled, AssuranceTooLow, TooYoung. One query.
    """
    if person is None or person.authority_id != round.authority_id:
        raise NotVerified()
    if not is_valid(person, now):
        raise NotVerified()
    entitlement = _entitlement.first(round.pk, act, person.participation)
    if entitlement is None:
        raise NotEntitled()
    if person.assurance < entitlement.assurance:
        raise AssuranceTooLow()
    # Somebody whose age is not known passes only where every age may.
    age = AgeGroup(person.age_group).from_age if person.age_group else 0
    if age < entitlement.from_age:
        raise TooYoung(from_age=entitlement.from_age)
    return person


def require_eligible(round: Round, account: Account, act: Act, *, now: datetime) -> Person:
    """Return the person behind the account if the round lets them do the act now. Two queries.

    Raises what `require_entitled` raises.
    """
    return require_entitled(round, person_of(account, round.authority), act, now=now)


@dataclass(frozen=True, slots=True)
class VerificationState:
    """What an authority knows about an account's holder, if anything, and whether it still holds."""

    authority: Authority
    person: Person | None
    is_valid: bool


def verifications_of(account: Account, *, now: datetime) -> list[VerificationState]:
    """Return the account's standing with each authority of the site, by name's slug. Two queries."""
    known = Person.objects.filter(account=account).select_related("area")
    persons = {person.authority_id: person for person in known}
    return [
        VerificationState(authority, person, person is not None and is_valid(person, now))
        for authority in Authority.objects.all()
        for person in [persons.get(authority.pk)]
    ]


def roles_of(account: Account) -> QuerySet[Membership]:
    """Return the account's roles in force, by authority. One query."""
    in_force = account.memberships.in_force().select_related("authority", "department")
    return in_force.order_by("authority__slug", "role")


def open_memberships(authority: Authority) -> QuerySet[Membership]:
    """Return the authority's roles in force and those that wait for a second person. One query."""
    return (
        Membership.objects.open_in(authority)
        .select_related("account", "department", "granted_by", "end_asked_by")
        .order_by("role", "account__display_name", "pk")
    )


def is_valid(person: Person, now: datetime) -> bool:
    """Return whether a person's verification still holds."""
    return person.expires_at is None or person.expires_at > now


def open_routes(authority: Authority) -> QuerySet[VerificationRoute]:
    """Return the ways in which an authority verifies people now, the first offered first. One query."""
    return authority.verification_routes.filter(is_open=True)


def open_sign_in_provider(slug: str) -> SignInProvider | None:
    """Return the provider to sign in with of that name, if it is open. One query."""
    return SignInProvider.objects.filter(slug=slug, is_open=True).first()


def areas_of(authority: Authority, *, now: datetime) -> Sequence[Area]:
    """Return the smallest places of the authority's area that exist today, by code. One query.

    The area itself where it has none below it.
    """
    today = now.astimezone(ZoneInfo(authority.time_zone)).date()
    valid = list(Area.objects.within(authority.area).valid_on(today))
    parents = {area.parent_id for area in valid}
    return [area for area in valid if area.pk not in parents]


def appeals_of(account: Account, authority: Authority) -> QuerySet[VerificationAppeal]:
    """Return an account's requests for help with its verification, and their answers. One query."""
    return VerificationAppeal.objects.filter(account=account, authority=authority)


def open_appeals(authority: Authority) -> QuerySet[VerificationAppeal]:
    """Return the authority's unanswered requests, the oldest first. One query."""
    return VerificationAppeal.objects.filter(authority=authority, answered_at=None).select_related("account")
