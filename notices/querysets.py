"""Narrowing of deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

if TYPE_CHECKING:
    from notices.models import Delivery  # noqa: F401


class DeliveryQuerySet(QuerySet["Delivery"]):
    def due(self, now: datetime) -> DeliveryQuerySet:
        """Keep what should be sent now, the longest waiting first."""
        return self.filter(state="waiting", due_at__lte=now).order_by("due_at", "pk")
