"""The departments' examination of proposals."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from authorities.models import Department
from proposals.models.texts import Proposal
from proposals.querysets import ReviewQuerySet


class Review(models.Model):
    """A department's examination of a proposal, from assignment to conclusion."""

    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="review")
    department = models.ForeignKey(Department, models.PROTECT, related_name="reviews")
    assigned_at = models.DateTimeField()
    due_on = models.DateField()
    concluded_at = models.DateTimeField(null=True, blank=True)
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ReviewQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # A department's open work, the most urgent first.
            models.Index(
                fields=["department", "due_on"], condition=Q(concluded_at=None), name="proposals_review_open"
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.proposal_id}"
