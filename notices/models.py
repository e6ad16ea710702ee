"""Notices and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.models import Event


class Notice(models.Model):
    """A promise to notify one account about one event, at most once."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    # A code of `notices.messages.KINDS`; not as `choices`, or a new kind would need a migration.
    kind = models.CharField(max_length=30)
    event = models.ForeignKey(Event, models.PROTECT, related_name="notices")
    announced_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "event"], name="notices_notice_once_per_event"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.account_id}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> DeliveryQuerySet:
        """Keep what should be sent now, the longest waiting first."""
        return self.filter(state="waiting", due_at__lte=now).order_by("due_at", "pk")


class Delivery(models.Model):
    """The way of one notice to its reader by one channel."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    # A code of `notices.channels.CHANNELS`; not as `choices`, or a new channel would need a migration.
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    n_attempts = models.PositiveSmallIntegerField(default=0)
    # The next attempt; while one is under way, when another process may assume that it died.
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    # The reason why the last attempt failed, as a code without addresses.
    last_error = models.CharField(max_length=60, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "channel"], name="notices_delivery_once_per_channel"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="notices_delivery_sent_has_a_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notices_delivery_due"),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
