"""The append-only record: who did what to which row, when, and why."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Length, Now
from django.db.models.lookups import Exact


class Event(models.Model):
    """One thing that happened. Written in the transaction of the change it tells of; never altered.

    The database refuses UPDATE, DELETE and TRUNCATE by trigger (`audit/guards.py`).
    Casting a ballot writes none: an event would link the ballot to its voter by row version; the
    ballot's own log tells of it instead.
    """

    at = models.DateTimeField(db_default=Now())
    # One of `Action`; not as `choices`, or every new name would need a migration of this table.
    action = models.CharField(max_length=60)
    # Empty if the clock or the system acted.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The authority where it happened; empty if it concerns the whole site.
    authority = models.ForeignKey(
        "authorities.Authority", models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The round it is about; empty for what concerns none, and for what was recorded before events had one.
    round = models.ForeignKey(
        "rounds.Round", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    # The change, in ids and codes: no names, contact data or choices of voters.
    details = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            # The history of one row, newest first.
            models.Index(fields=["subject_type", "subject_id", "-id"], name="audit_event_of_subject"),
            # An authority's record page.
            models.Index(fields=["authority", "-id"], name="audit_event_of_authority"),
            # Events of a round, most recent first.
            models.Index(
                fields=["round", "-id"],
                condition=models.Q(round__isnull=False),
                name="audit_event_of_round",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(action=""), name="audit_event_has_an_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"


class OutboxQuerySet(models.QuerySet["Outbox"]):
    def due(self) -> OutboxQuerySet:
        """Keep what should be handled now, the longest waiting first."""
        return self.filter(due_at__lte=Now()).order_by("due_at", "pk")


class Outbox(models.Model):
    """Outbox: an event that still has to be announced.

    Written with the event and removed in the transaction that announces it. The table holds only what is not
    yet handled, so reading it costs the same however long the site has run.
    """

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="+")
    # Attempts that failed, and the class of the last one's error.
    n_attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=60, blank=True)
    due_at = models.DateTimeField(db_default=Now())

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "outbox"
        indexes: ClassVar = [models.Index(fields=["due_at"], name="audit_outbox_due")]

    def __str__(self) -> str:
        return f"outbox: event {self.event_id}"


class Seal(models.Model):
    """A link of the chain over the record: all events since the last seal, hashed on top of its digest.

    Anyone who wrote down a digest can later see if an earlier event was changed, removed, inserted or moved,
    even by someone no trigger stops. Append-only; made by a task, so that no write waits for it.
    """

    # The highest id of an event it covers; it begins after the seal before.
    last_event = models.BigIntegerField(unique=True)
    n_events = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["last_event"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Exact(Length("digest"), 32), name="audit_seal_is_a_hash"),
            models.CheckConstraint(condition=models.Q(n_events__gt=0), name="audit_seal_covers_something"),
        ]

    def __str__(self) -> str:
        return f"seal up to event {self.last_event}"

    @property
    def hexadecimal(self) -> str:
        """The digest as it is shown: 64 hexadecimal digits."""
        return bytes(self.digest).hex()


class Inspection(models.Model):
    """The result of checking the whole site against its invariants. Append-only."""

    made_at = models.DateTimeField(db_default=Now())
    # [{"code": "I2", "found": ["…"]}]: what did not hold; empty lists where all is well.
    results = models.JSONField()
    n_broken = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"inspection {self.pk}: {self.n_broken} broken"
