"""Who somebody is for an authority, and whether a round lets them act."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from audit.actions import Action
from audit.models import Event
from authorities.models import Authority
from core.db.prepared import Prepared
from identity import identifiers
from identity.exceptions import AreaDivided, AssuranceTooLow, NotEntitled, NotVerified, TooYoung
from identity.models import (
    Account,
    AgeGroup,
    Consent,
    Membership,
    Person,
    Policy,
    SignInProvider,
    StaffView,
    VerificationAppeal,
    VerificationRoute,
)
from places.models import Area
from places.selectors import sole_area_in_place_of
from rounds.models import Act, Entitlement, Phase, Round

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

    Where their area was renamed or merged they come with the one that took its place, which is not saved.
    Raises NotVerified, AreaDivided, NotEntitled, AssuranceTooLow, TooYoung. One query; a few more for
    somebody whose area has ended.
    """
    if person is None or person.authority_id != round.authority_id:
        raise NotVerified()
    if not is_valid(person, now):
        raise NotVerified()
    if person.area is not None and person.area.valid_until is not None:
        person.area = _area_in(round, person.area, act, now)
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


def _area_in(round: Round, area: Area, act: Act, now: datetime) -> Area:
    """Return the area that counts in a round. For a vote that is open, as places stood on its first day.

    Ballot papers and turnout are of areas: they must not change between two voters. Raises AreaDivided.
    """
    day = round.today(now)
    voting = round.phases.filter(kind=Phase.Kind.VOTING).first() if act == Act.VOTE else None
    if voting is not None and voting.opens_at < now:
        day = round.today(voting.opens_at)
    found = sole_area_in_place_of(area, day)
    if found is None:
        raise AreaDivided()
    return found


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
    # Where the person belongs today; None also where their area was divided and they have to say.
    area: Area | None = None
    is_divided: bool = False


def verifications_of(account: Account, *, now: datetime) -> list[VerificationState]:
    """Return the account's standing with each authority of the site, by name's slug.

    Two queries; a few more for each area that has ended.
    """
    known = Person.objects.filter(account=account).select_related("area")
    persons = {person.authority_id: person for person in known}
    return [_state(authority, persons.get(authority.pk), now) for authority in Authority.objects.all()]


def _state(authority: Authority, person: Person | None, now: datetime) -> VerificationState:
    if person is None:
        return VerificationState(authority, None, is_valid=False)
    area = person.area
    if area is not None:
        area = sole_area_in_place_of(area, authority.today(now))
    is_divided = person.area is not None and area is None
    return VerificationState(authority, person, is_valid(person, now), area, is_divided)


def roles_of(account: Account) -> QuerySet[Membership]:
    """Return the account's roles in force, by authority. One query."""
    in_force = account.memberships.in_force().select_related("authority", "department")
    return in_force.order_by("authority__slug", "role")


# The first version of each text comes with the platform and has no row.
_FIRST_VERSION = 1
# What an account has agreed to, each beside the version of that text that is in force now: read together, so
# that a new version is asked for from the moment it is published. Asked by every POST of somebody signed in.
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
    """Return who in an authority looked at whose data, the latest first. One query."""
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
    """Two accounts that may be one person's, and by which sign: "mailbox" or "identity"."""

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
    today = authority.today(now)
    valid = list(Area.objects.within(authority.area).valid_on(today))
    parents = {area.parent_id for area in valid}
    return [area for area in valid if area.pk not in parents]


def appeals_of(account: Account, authority: Authority) -> QuerySet[VerificationAppeal]:
    """Return an account's requests for help with its verification, and their answers. One query."""
    return VerificationAppeal.objects.filter(account=account, authority=authority)


def open_appeals(authority: Authority) -> QuerySet[VerificationAppeal]:
    """Return the authority's unanswered requests, the oldest first. One query."""
    return VerificationAppeal.objects.filter(authority=authority, answered_at=None).select_related("account")
