"""Periodic work on the record."""

from datetime import timedelta

from audit import services
from core.sweeps import sweep


@sweep("audit.tasks.seal_due", every=timedelta(minutes=1))
def seal_due() -> int:
    """Seal what was recorded since the last seal."""
    return services.seal_due()
