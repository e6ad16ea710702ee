"""Reads of persons: identity in an authority, and eligibility for acts of a round."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from authorities.models import Authority
from core.db.prepared import Prepared
from identity.models import Account
from identity.verification.exceptions import AreaDivided, AssuranceTooLow, NotEntitled, NotVerified, TooYoung
from identity.verification.models import (
    AgeGroup,
    Person,
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
    lambda round_id, act, residency: Entitlement.objects.filter(
        round_id=round_id, act=act, residency=residency
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

    If their area was renamed or merged, they come with the one that replaced it, which is not saved. Raises
    NotVerified, AreaDivided, NotEntitled, AssuranceTooLow, TooYoung. One query; a few more if the person's
    area has ended.
    """
    if person is None or person.authority_id != round.authority_id:
        raise NotVerified()
    if not is_valid(person, now):
        raise NotVerified()
    if person.area is not None and person.area.valid_until is not None:
        person.area = _area_in(round, person.area, act, now)
    entitlement = _entitlement.first(round.pk, act, person.residency)
    if entitlement is None:
        raise NotEntitled()
    if person.assurance < entitlement.assurance:
        raise AssuranceTooLow()
    # A person of unknown age passes only if every age may.
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
    """An authority's knowledge about an account's holder, if any, and its validity."""

    authority: Authority
    person: Person | None
    is_valid: bool
    # The person's area today; None also if it was divided and they have to choose.
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


def is_valid(person: Person, now: datetime) -> bool:
    """Return whether a person's verification still holds."""
    return person.expires_at is None or person.expires_at > now


def open_routes(authority: Authority) -> QuerySet[VerificationRoute]:
    """Return the ways in which an authority verifies people now, the first offered first. One query."""
    return authority.verification_routes.filter(is_open=True)


def areas_of(authority: Authority, *, now: datetime) -> Sequence[Area]:
    """Return the smallest places of the authority's area that exist today, by code. One query.

    The area itself if it has none below it.
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
