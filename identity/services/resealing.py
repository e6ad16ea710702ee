"""Replacement of a key of sealed columns while the site keeps running.

The new key is made, copied to every machine and put into use. Rows are resealed in batches, each in its own
transaction, so that a killed run resumes where it stopped. The old key is retired once nothing is sealed
under it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction

from audit.actions import Action
from audit.services import record
from identity import fields, keys, sealing
from identity.exceptions import KeyInUse, NoSuchKey
from identity.models import KeyCheck
from identity.services.vault import checked_ring, file_name

# Rows resealed by one transaction.
BATCH = 500
# Purpose of the seal on secrets of second factors.
SECOND_FACTOR = "second factor"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that holds sealed texts: findable ones, ones under a nonce, or some inside JSON."""

    table: str
    column: str
    key_column: str
    purpose: str
    is_findable: bool = False
    is_json: bool = False

    @property
    def text(self) -> str:
        """The column as SQL text."""
        return f'"{self.column}"::text'


def columns() -> Iterator[Column]:
    """Every column of sealed texts: fields of models, the library's second factors, and sessions."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, fields.SealedEmailField | fields.SealedTextField):
                is_findable = isinstance(field, fields.SealedEmailField)
                yield _column(model, str(field.column), field.purpose, is_findable=is_findable)
    yield _column(Authenticator, "data", SECOND_FACTOR, is_json=True)
    yield _column(Session, "session_data", "session")


def _column(model: type[models.Model], name: str, purpose: str, **kind: bool) -> Column:
    assert model._meta.pk is not None
    return Column(model._meta.db_table, name, str(model._meta.pk.column), purpose, **kind)


def make_key() -> int:
    """Make the file of the next key and return its number; it is not in use before `use_key`."""
    number = max(checked_ring(fields.KEY_NAME)) + 1
    keys.create(file_name(fields.KEY_NAME, number))
    return number


@transaction.atomic
def use_key(number: int) -> None:
    """Seal under this key from now on: the next one, whose file is on this machine. Raises NoSuchKey.

    Running processes learn of it when they first read a value sealed under it, and keep writing under the
    older one until they restart.
    """
    name = file_name(fields.KEY_NAME, number)
    key = keys.read(name)
    if key is None or number != max(checked_ring(fields.KEY_NAME)) + 1:
        raise NoSuchKey(number=number)
    row = KeyCheck.objects.create(name=name, fingerprint=keys.fingerprint(key))
    record(Action.FIELD_KEY_PUT_INTO_USE, row, actor=None, number=number)
    fields.forget_keys()


def sealed_under() -> dict[int, int]:
    """Return how many values are sealed under each key in use. A sequential read of each sealed column."""
    found = dict.fromkeys(sorted(checked_ring(fields.KEY_NAME)), 0)
    with connection.cursor() as cursor:
        for column in columns():
            for number in found:
                cursor.execute(
                    f'SELECT count(*) FROM "{column.table}" WHERE {column.text} ~ %s',  # noqa: S608
                    [_begins_with(column, [number])],
                )
                found[number] += cursor.fetchone()[0]
    return found


def _begins_with(column: Column, numbers: list[int]) -> str:
    """The regular expression of a text sealed under one of these keys; in JSON it is a quoted text."""
    either = "|".join(map(str, numbers))
    return f'"v({either}):' if column.is_json else f"^[vs]({either}):"


def reseal() -> Iterator[tuple[Column, int]]:
    """Reseal values of older keys under the newest one; yield each batch once it is committed.

    Waits for rows that others change at the same time, and keeps their changes. Raises IntegrityError if two
    rows hold one address under two keys: one of them must be changed by hand.
    """
    fields.forget_keys()
    older = sorted(fields.ring())[:-1]
    if not older:
        return
    for column in columns():
        while n := _reseal_batch(column, older):
            yield column, n


@transaction.atomic
def _reseal_batch(column: Column, older: list[int]) -> int:
    table, key_column = column.table, column.key_column
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "{key_column}", {column.text} FROM "{table}" WHERE {column.text} ~ %s'  # noqa: S608
            f' ORDER BY "{key_column}" LIMIT {BATCH} FOR UPDATE',
            [_begins_with(column, older)],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0
        kind = "jsonb" if column.is_json else "text"
        cursor.executemany(
            f'UPDATE "{table}" SET "{column.column}" = %s::{kind} WHERE "{key_column}" = %s',  # noqa: S608
            [(_anew(column, text), pk) for pk, text in rows],
        )
    record(
        Action.COLUMN_RESEALED,
        KeyCheck.objects.get(name=file_name(fields.KEY_NAME, max(fields.ring()))),
        actor=None,
        column=f"{table}.{column.column}",
        rows=len(rows),
    )
    return len(rows)


def _anew(column: Column, text: str) -> str:
    """Return what a column holds, sealed under the newest key."""
    if column.is_json:
        return json.dumps(_inside(json.loads(text), column.purpose))
    number = sealing.number_of(text)
    assert number is not None
    if not column.is_findable:
        return fields.seal(column.purpose, fields.unseal(column.purpose, text))
    newest = max(fields.ring())
    plain = sealing.unseal_findable(fields.key(number), column.purpose, text)
    return sealing.seal_findable(fields.key(newest), column.purpose, plain, number=newest)


def _inside(value: Any, purpose: str) -> Any:
    if isinstance(value, dict):
        return {name: _inside(part, purpose) for name, part in value.items()}
    if isinstance(value, list):
        return [_inside(part, purpose) for part in value]
    if isinstance(value, str) and sealing.number_of(value) is not None:
        return fields.seal(purpose, fields.unseal(purpose, value))
    return value


@transaction.atomic
def retire_key(number: int) -> None:
    """Take a key out of use under which nothing is sealed; its file is then the operator's to destroy.

    Raises NoSuchKey, KeyInUse for the newest one and for one that is still needed.
    """
    in_use = checked_ring(fields.KEY_NAME)
    if number not in in_use:
        raise NoSuchKey(number=number)
    if number == max(in_use):
        raise KeyInUse(number=number)
    row = KeyCheck.objects.select_for_update().get(name=file_name(fields.KEY_NAME, number))
    if sealed_under()[number]:
        raise KeyInUse(number=number)
    record(Action.FIELD_KEY_RETIRED, row, actor=None, number=number)
    row.delete()
    fields.forget_keys()
