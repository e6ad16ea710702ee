"""Operations for migrations."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AlterField
from django.db.models import Field


class AlterFieldElsewhere(AlterField):
    """Alter a field of another app's table: a library's own migrations are not ours to add to."""

    def __init__(self, *, app_label: str, model_name: str, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(model_name, name, field)
        self.app_label = app_label

    def deconstruct(self) -> Any:
        name, args, kwargs = super().deconstruct()
        return name, args, {"app_label": self.app_label, **kwargs}

    def state_forwards(self, app_label: str, state: Any) -> None:
        super().state_forwards(self.app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        super().database_forwards(self.app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        super().database_backwards(self.app_label, schema_editor, from_state, to_state)
