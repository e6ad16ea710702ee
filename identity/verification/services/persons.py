"""Verification of a person: the end of every route.

The identifier is hashed under a key outside the database and is neither stored nor logged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from identity import identifiers
from identity.models import Account
from identity.services.vault import identity_key
from identity.verification.exceptions import AlreadyVerified, OtherIdentityInUse
from identity.verification.models import Identity, Person
from places.models import Area
from places.selectors import areas_in_place_of
from rounds.models import Residency

# Rows written by one statement when a register is loaded.
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class RecordedPerson:
    """A person of a past round or of a register, as `verify_recorded` loads them."""

    identifier: bytes
    residency: Residency
    area: Area | None
    age_group: str = ""
    assurance: int = 2


@transaction.atomic
def verify(
    authority: Authority,
    *,
    identifier: bytes,
    account: Account | None = None,
    residency: Residency,
    area: Area | None,
    age_group: str,
    assurance: int,
    actor: Account | None,
    kind: Identity.Kind = Identity.Kind.DOCUMENT,
    valid_days: int | None = None,
) -> Person:
    """Record that an authority knows who this is, and return the person behind the identifier.

    A known identity is renewed; one without an account is tied to the account given; a further
    identity of an account's person is added. What a stronger, still valid confirmation says about
    the person is not overwritten by a weaker one. Raises AlreadyVerified if the identity is another
    account's, OtherIdentityInUse if the account's person is known under another one of that kind,
    KeyUnavailable if the key is missing or wrong. A constant number of queries.
    """
    return verify_digest(
        authority,
        digest=identifiers.keyed_hash(identity_key(), authority.pk, kind, identifier),
        kind=kind,
        account=account,
        residency=residency,
        area=area,
        age_group=age_group,
        assurance=assurance,
        actor=actor,
        valid_days=valid_days,
    )


@transaction.atomic
def verify_digest(
    authority: Authority,
    *,
    digest: bytes,
    kind: Identity.Kind,
    account: Account | None,
    residency: Residency,
    area: Area | None,
    age_group: str,
    assurance: int,
    actor: Account | None,
    valid_days: int | None,
) -> Person:
    """Do what `verify` does, for an identifier hashed before: one that was typed and then forgotten."""
    now = timezone.now()
    if account is not None:
        # One verification at a time for an account: the two reads below hold until the write.
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    identity = (
        Identity.objects.select_for_update(of=("self", "person"))
        .select_related("person")
        .filter(authority=authority, hmac=digest)
        .first()
    )
    own = Person.objects.filter(authority=authority, account=account).first() if account else None
    if identity is not None:
        person = identity.person
        if account is not None and person.account_id not in (None, account.pk):
            refusal = AlreadyVerified()
            refusal.holder_id = person.account_id
            raise refusal
        if own is not None and own.pk != person.pk:
            raise OtherIdentityInUse()
    else:
        person = own or Person(authority=authority)
    is_new = person._state.adding
    is_weaker = (
        not is_new and assurance < person.assurance and (person.expires_at is None or person.expires_at > now)
    )
    if account is not None:
        person.account = account
    if is_weaker and area is not None and _took_the_place(area, person.area, authority, now):
        # Their area was divided: which part they belong to is theirs to say, however sure the rest is.
        person.area = area
    if not is_weaker:
        person.residency = residency
        person.area = area
        person.age_group = age_group
        person.assurance = assurance
        person.verified_at = now
        person.expires_at = now + timedelta(days=valid_days) if valid_days is not None else None
    person.save()
    try:
        with transaction.atomic():
            if identity is None:
                if not is_new and person.identities.filter(kind=kind).exists():
                    raise OtherIdentityInUse()
                Identity.objects.create(
                    person=person, authority=authority, kind=kind, hmac=digest, confirmed_at=now
                )
            else:
                identity.confirmed_at = now
                identity.save(update_fields=["confirmed_at"])
    except IntegrityError as error:
        # Another account confirmed the same identity between the read above and this write.
        raise AlreadyVerified() from error
    record(
        Action.PERSON_VERIFIED,
        person,
        actor=actor,
        authority=authority,
        kind=kind.value,
        participation=residency.value,
        area=area.code if area else None,
        assurance=assurance,
        renewed=not is_new,
    )
    return person


def _took_the_place(area: Area, before: Area | None, authority: Authority, now: datetime) -> bool:
    """Return whether an area is one of those that replaced an ended one."""
    today = authority.today(now)
    if before is None or before.exists_on(today):
        return False
    return area in areas_in_place_of(before, today)


@transaction.atomic
def note_second_account(refusal: AlreadyVerified, account: Account | None, authority: Authority) -> None:
    """Record that the holder of this account showed the identity of another account's holder.

    In its own transaction, after the refusal has undone the other one.
    """
    if account is None or refusal.holder_id is None:
        return
    holder = Account(pk=refusal.holder_id)
    record(Action.SECOND_ACCOUNT_NOTICED, holder, actor=account, authority=authority)


@transaction.atomic
def verify_recorded(
    authority: Authority, records: Iterable[RecordedPerson], *, actor: Account | None
) -> Sequence[Person]:
    """Load persons of a record, without accounts, in the order given; one event for all of them.

    Raises AlreadyVerified if any is known already or comes twice, and then loads none.
    Three statements for every 2,000 persons.
    """
    key = identity_key()
    now = timezone.now()
    persons: list[Person] = []
    identities: list[Identity] = []
    for entry in records:
        person = Person(
            authority=authority,
            residency=entry.residency,
            area=entry.area,
            age_group=entry.age_group,
            assurance=entry.assurance,
            verified_at=now,
        )
        persons.append(person)
        identities.append(
            Identity(
                person=person,
                authority=authority,
                kind=Identity.Kind.REGISTER,
                hmac=identifiers.keyed_hash(key, authority.pk, Identity.Kind.REGISTER, entry.identifier),
                confirmed_at=now,
            )
        )
    try:
        with transaction.atomic():
            Person.objects.bulk_create(persons, batch_size=_BATCH)
            Identity.objects.bulk_create(identities, batch_size=_BATCH)
    except IntegrityError as error:
        raise AlreadyVerified() from error
    record(Action.PERSONS_LOADED, authority, actor=actor, authority=authority, persons=len(persons))
    return persons
