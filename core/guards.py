"""What every room's guards may call."""

from core.db.triggers import Guards

GUARDS = Guards(functions=("refuse_change",))
