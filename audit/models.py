"""The append-only record: who did what to which row, when, and why."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """One thing that happened. Written in the transaction of the change it tells of; never altered.

    The database refuses UPDATE, DELETE and TRUNCATE by trigger (migration `0003_event_append_only`).
    Casting a ballot writes none: an event would link the ballot to its voter by row version; the
    ballot's own log tells of it instead.
    """

    at = models.DateTimeField(db_default=Now())
    # One of `Action`; not as `choices`, or every new name would need a migration of this table.
    action = models.CharField(max_length=60)
    # Nobody where the clock or the system acted.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The authority in whose house it happened; empty for what concerns the whole site.
    authority = models.ForeignKey("rounds.Authority", models.PROTECT, null=True, blank=True, related_name="+")
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    # What changed, in ids and codes: no names, no contact data, no choices of voters.
    details = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            # The history of one row, newest first.
            models.Index(fields=["subject_type", "subject_id", "-id"], name="audit_event_of_subject"),
            # An authority's record page.
            models.Index(fields=["authority", "-id"], name="audit_event_of_authority"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(action=""), name="audit_event_has_an_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"
