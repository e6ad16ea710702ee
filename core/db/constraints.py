"""Constraints, and conditions of constraints, that several tables share."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor as Schema
from django.db.models import BaseConstraint, Field, Model, Q


def both_or_neither(*fields: str) -> Q:
    """Return the condition that the fields are all empty or all filled: who and when, for example."""
    return Q(**dict.fromkeys(fields)) | Q(**{f"{field}__isnull": False for field in fields})


class References(BaseConstraint):
    """Constraint: a plain column holds the primary key of a row of another model, or NULL.

    A foreign key without a relation: the value is read as it is, without a join or another attribute. `to` is
    "app.Model"; the migration that adds this depends on the one that creates that table.
    """

    def __init__(self, *, field: str, to: str, name: str) -> None:
        super().__init__(name=name)
        self.field = field
        self.to = to

    def constraint_sql(self, model: type[Model] | None, schema_editor: Schema | None) -> str:
        assert model is not None
        assert schema_editor is not None
        quote = schema_editor.quote_name
        column, target = model._meta.get_field(self.field), model._meta.apps.get_model(self.to)._meta
        assert isinstance(column, Field)
        assert target.pk is not None
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({quote(str(column.column))})"
            f" REFERENCES {quote(target.db_table)} ({quote(str(target.pk.column))})"
        )

    def create_sql(self, model: type[Model] | None, schema_editor: Schema | None) -> str:
        assert model is not None
        assert schema_editor is not None
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(self, model: type[Model] | None, schema_editor: Schema | None) -> str:
        assert model is not None
        assert schema_editor is not None
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Leave it to the database."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, References):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.field, self.to))

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "field": self.field, "to": self.to}
