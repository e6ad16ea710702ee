"""Loading an authority's register: hashed row by row, so that it can confirm people and name nobody."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.services import record
from authorities.models import Authority
from core.exceptions import NotPermitted
from identity import identifiers
from identity.models import Account
from identity.roles import Permission
from identity.services.vault import identity_key
from identity.verification.models import AgeGroup, Identity, RegisterEntry
from identity.verification.registers import Entry
from identity.verification.services.codes import letter_hash
from places.models import Area

# Crockford's base 32: no letter that looks like a figure.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTER_LIFETIME = timedelta(days=60)
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Letter:
    """The contents of one letter: the row's own number, and the code, shown only once."""

    number: str
    code: str


@transaction.atomic
def load_register(
    authority: Authority, entries: Sequence[Entry], *, actor: Account | None, with_letters: bool = False
) -> list[Letter]:
    """Load or renew a register's entries, all or none; return a letter for each if asked.

    A new letter takes the place of an older one of the same entry. What is not in the file stays.
    Raises NotPermitted. One statement for every 2,000 entries.
    """
    if actor is not None and not actor.has_perm(Permission.LOAD_REGISTER, authority):
        raise NotPermitted()
    key = identity_key()
    now = timezone.now()
    today = authority.today(now)
    areas = {area.code: area for area in Area.objects.within(authority.area).valid_on(today)}
    letters: list[Letter] = []
    rows = []
    for entry in entries:
        row = RegisterEntry(
            authority=authority,
            hmac=identifiers.keyed_hash(key, authority.pk, Identity.Kind.REGISTER, entry.identifier),
            phone_hmac=identifiers.keyed_hash(key, authority.pk, Identity.Kind.PHONE, entry.phone)
            if entry.phone
            else None,
            residency=entry.residency,
            area=areas[entry.area_code],
            age_group=AgeGroup.at(age_in_years(entry.born, today)),
            loaded_at=now,
        )
        if with_letters:
            code = "".join(secrets.choice(_LETTERS) for _ in range(12))
            row.letter_hmac = letter_hash(key, authority, code)
            row.letter_expires_at = now + LETTER_LIFETIME
            letters.append(Letter(entry.number, f"{code[:4]}-{code[4:8]}-{code[8:]}"))
        rows.append(row)
    renewed = ["phone_hmac", "residency", "area", "age_group", "loaded_at"]
    if with_letters:
        renewed += ["letter_hmac", "letter_expires_at", "letter_used_at"]
    RegisterEntry.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["authority", "hmac"],
        update_fields=renewed,
    )
    record(
        Action.REGISTER_LOADED,
        authority,
        actor=actor,
        authority=authority,
        entries=len(rows),
        letters=len(letters),
    )
    return letters


def age_in_years(born: date, today: date) -> int:
    """Return the age in whole years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
