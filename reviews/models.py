"""The departments' examination of proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import DateField, DateTimeField, Exists, F, Func, Q, Value
from django.db.models.functions import Cast
from django.db.models.lookups import LessThan

from authorities.models import Department
from identity.models import Membership
from identity.roles import Permission
from proposals.lifecycle import State
from proposals.models import Proposal

if TYPE_CHECKING:
    from datetime import datetime

    from authorities.models import Authority
    from identity.models import Account


class ReviewQuerySet(models.QuerySet["Review"]):
    def open(self) -> ReviewQuerySet:
        """Keep reviews that wait for a conclusion."""
        return self.filter(concluded_at=None, proposal__state=State.PUBLISHED)

    def assigned_to(self, account: Account, authority: Authority) -> ReviewQuerySet:
        """Keep what the account may review of an authority: the work of its own departments there.

        Reviewers of the authority that this one has gone into review the work of all its departments: theirs
        are departments of the successor.
        """
        mine = Membership.objects.giving(Permission.REVIEW, authority).filter(account=account)
        carried_on = Exists(mine.exclude(authority=authority))
        return self.filter(
            Q(department__in=mine.values("department")) | Q(carried_on), department__authority=authority
        )

    def with_lateness(self, now: datetime) -> ReviewQuerySet:
        """Annotate `is_late`: whether the day a review is due is over by the calendar of its round."""
        there = Func(
            F("proposal__round__time_zone"),
            Value(now, output_field=DateTimeField()),
            function="timezone",
            output_field=DateTimeField(),
        )
        return self.annotate(is_late=LessThan(F("due_on"), Cast(there, DateField())))


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
                fields=["department", "due_on"], condition=Q(concluded_at=None), name="reviews_review_open"
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.proposal_id}"
