"""Functions that guards of every room can call."""

from core.db.triggers import Guards

GUARDS = Guards(functions=("refuse_change",))
