"""Who somebody is for an authority, and whether a round lets them act."""

from datetime import datetime

from identity.exceptions import AssuranceTooLow, NotEntitled, NotVerified, TooYoung
from identity.models import Account, AgeGroup, Person
from rounds.models import Act, Authority, Entitlement, Round


def person_of(account: Account, authority: Authority) -> Person | None:
    """Return the verified person behind an account in an authority. One query."""
    return Person.objects.filter(account=account, authority=authority).select_related("area").first()


def require_entitled(round: Round, person: Person | None, act: Act, *, now: datetime) -> Person:
    """Return the person if the round lets them do the act now.

    Raises NotVerified, NotEntitled, AssuranceTooLow, TooYoung. One query.
    """
    if person is None or person.authority_id != round.authority_id:
        raise NotVerified()
    if person.expires_at is not None and person.expires_at <= now:
        raise NotVerified()
    entitlement = Entitlement.objects.filter(round=round, act=act, participation=person.participation).first()
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
