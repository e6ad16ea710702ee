"""What somebody was told."""

from typing import Any

from identity.models import Account
from notices.models import Notice


def personal_data(account: Account) -> dict[str, list[dict[str, Any]]]:
    """Return what somebody was told, and whether it arrived. One query."""
    rows = Notice.objects.filter(account=account).order_by("pk")
    fields = ("kind", "announced_at", "deliveries__channel", "deliveries__state", "deliveries__sent_at")
    return {"notices": [dict(row) for row in rows.values(*fields)]}
