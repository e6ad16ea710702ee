"""Sealed columns for data that identifies people: a copy of the database shows none of it.

The keys are read and checked once per process, by the function given to `use_keys`: the fields are below the
service that knows them. While one key replaces another, both are known: new values are sealed under the one
with the highest number, old values are read and found under either.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import FieldError
from django.db import IntegrityError, models, router
from django.db.models.lookups import Exact, In, IsNull, Lookup

from core.db import locks
from identity import sealing
from identity.keys import KeyUnavailable

# The keys' name: the first one's file is `fields.key`, the second one's `fields-2.key`.
KEY_NAME = "fields"

_source: Callable[[], Mapping[int, bytes]] | None = None
_ring: Mapping[int, bytes] | None = None


def use_keys(source: Callable[[], Mapping[int, bytes]]) -> None:
    """Say who gives the keys by their number: asked at the first use, and for a number it did not give."""
    global _source
    _source = source
    forget_keys()


def forget_keys() -> None:
    """Ask for the keys again at the next use: one was added or retired."""
    global _ring
    _ring = None


def ring() -> Mapping[int, bytes]:
    """Return the keys in use by number. Raises KeyUnavailable if one is missing or has been replaced."""
    global _ring
    if _ring is None:
        assert _source is not None, "identity.apps names the source when the apps are ready"
        _ring = _source()
    return _ring


def key(number: int = 1) -> bytes:
    """Return a key of sealed columns. Raises KeyUnavailable if there is none with that number."""
    if number not in ring():
        # Another process has put it into use since.
        forget_keys()
    try:
        return ring()[number]
    except KeyError as error:
        raise KeyUnavailable(f"sealed under key {number} of sealed columns, which is retired") from error


def seal(purpose: str, text: str) -> str:
    """Return the text sealed under the newest key."""
    number = max(ring())
    return sealing.seal(ring()[number], purpose, text, number=number)


def unseal(purpose: str, sealed: str) -> str:
    """Return what `seal` sealed, now or under an older key. Raises KeyUnavailable."""
    return sealing.unseal(_key_of(sealed), purpose, sealed)


def _key_of(sealed: str) -> bytes:
    number = sealing.number_of(sealed)
    if number is None:
        raise KeyUnavailable("this is not a sealed text")
    return key(number)


def _found_under_any(purpose: str, value: str) -> list[str]:
    """The text as stored in a column, sealed under each of the keys in use, oldest first."""
    return [
        sealing.seal_findable(key, purpose, value, number=number) for number, key in sorted(ring().items())
    ]


class _SealedIn(In):
    """Lookup: a column holds one of several texts, sealed under any key.

    Values computed by the database are not sealed: an expression is never found and needs no key. A migration
    of allauth compares with one, at a time when there may be no keys yet.
    """

    def get_prep_lookup(self) -> Any:
        assert isinstance(self.lhs.output_field, SealedEmailField)
        field = self.lhs.output_field
        texts = [text for text in self.rhs if text is not None and not hasattr(text, "resolve_expression")]
        values = [field.to_python(text) for text in texts]
        return [sealed for value in values for sealed in _found_under_any(field.purpose, value)]

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "%s", list(value)


class _SealedExact(_SealedIn):
    """Lookup: a column holds a text, sealed under any key."""

    lookup_name = "exact"

    def __init__(self, lhs: Any, rhs: Any) -> None:
        super().__init__(lhs, [rhs])


class _SealedField(models.Field):  # type: ignore[type-arg]  # generic in the stubs alone
    """Base of both sealed fields: a `purpose` that binds the sealed text, and the few possible lookups."""

    lookups: ClassVar[dict[str, type[Lookup]]] = {}

    def __init__(self, *args: Any, purpose: str = "", **kwargs: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"purpose": self.purpose}

    def get_lookup(self, lookup_name: str) -> Any:
        """Return the lookup. Raises FieldError for those that would look into a sealed text in vain."""
        if lookup_name not in self.lookups:
            raise FieldError(f"a sealed column cannot be searched by {lookup_name}")
        return self.lookups[lookup_name]

    def get_transform(self, lookup_name: str) -> None:
        return None


class SealedEmailField(_SealedField, models.EmailField):  # type: ignore[type-arg]  # generic in the stubs alone
    """An e-mail address, in small letters, sealed so that it can be looked up whole and be unique.

    Lookups: `exact`, `iexact` (the same, as case is no part of it), `in`, `isnull`. About 12 µs a value.
    """

    lookups: ClassVar = {"exact": _SealedExact, "iexact": _SealedExact, "in": _SealedIn, "isnull": IsNull}

    def get_internal_type(self) -> str:
        # A sealed address is longer than any address.
        return "TextField"

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.lower() if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        if self.unique and value is not None and len(ring()) > 1:
            self._keep_unique(model_instance, value)
        return value

    def _keep_unique(self, instance: models.Model, value: str) -> None:
        """Refuse a text that another row holds sealed under another key, which the index cannot see.

        Only while one key replaces another. Two statements; the lock lasts to the end of the transaction, so
        that the second of two concurrent calls finds the first.
        """
        manager = type(instance)._base_manager
        locks.lock_text(_found_under_any(self.purpose, value)[0], using=router.db_for_write(type(instance)))
        if manager.filter(**{self.attname: value}).exclude(pk=instance.pk).exists():
            raise IntegrityError(
                f"duplicate key value violates unique constraint of {instance._meta.db_table}.{self.column}"
            )

    def get_prep_value(self, value: Any) -> Any:
        value = self.to_python(super().get_prep_value(value))
        if value is None:
            return None
        number = max(ring())
        return sealing.seal_findable(ring()[number], self.purpose, value, number=number)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return value if value is None else sealing.unseal_findable(_key_of(value), self.purpose, value)


class SealedTextField(_SealedField, models.TextField):  # type: ignore[type-arg]  # generic in the stubs alone
    """A text sealed under a nonce of its own. It can be told from an empty one, and not searched."""

    lookups: ClassVar = {"exact": Exact, "isnull": IsNull}

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return seal(self.purpose, value) if value else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return unseal(self.purpose, value) if value else value
