"""Approvals by two people: one asks, another one agrees."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.db.constraints import both_or_neither


class TwoPersonRequest(models.Model):
    """A request of one account that takes effect when another one approves it; the database knows both.

    A model that adds constraints of its own begins them with `*TwoPersonRequest.Meta.constraints`.
    """

    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("requested_by")),
                name="%(app_label)s_%(class)s_by_two_people",
            ),
            models.CheckConstraint(
                condition=both_or_neither("approved_by", "approved_at"),
                name="%(app_label)s_%(class)s_has_a_time",
            ),
        ]

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None

    def is_asked_by(self, account: models.Model) -> bool:
        """Return whether the account made the request: then another one has to approve it."""
        return bool(self.requested_by_id == account.pk)
