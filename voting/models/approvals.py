"""What takes two officials: the steps of the close, and a close that comes later than announced."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.db.constraints import both_or_neither
from rounds.models import Round


class Approval(models.Model):
    """Two officials' consent to one step of the close: the second is never the first."""

    class Step(models.TextChoices):
        CERTIFY = "certify", _("certify the result")
        PUBLISH = "publish", _("publish the ballots")
        DESTROY_KEY = "destroy_key", _("destroy the key")

    round = models.ForeignKey(Round, models.PROTECT, related_name="approvals")
    step = models.CharField(max_length=11, choices=Step)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["requested_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "step"], name="voting_approval_one_per_step"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("requested_by")),
                name="voting_approval_by_two_people",
            ),
            models.CheckConstraint(
                condition=both_or_neither("approved_by", "approved_at"),
                name="voting_approval_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} of round {self.round_id}"


class Extension(models.Model):
    """That voting closes later than the frozen rules say: asked for by one official, approved by another.

    The only way in which the database lets the closing time of a frozen vote change; see migration
    `0007_extension_guards`. The rules and their hash stay as they were; this stands beside them.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="extensions")
    closes_before = models.DateTimeField()
    closes_at = models.DateTimeField()
    # Announced to voters as it stands, in the authority's language.
    reason = models.CharField(max_length=500)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["requested_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round"], condition=Q(approved_by=None), name="voting_extension_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("closes_before")), name="voting_extension_closes_later"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="voting_extension_has_a_reason"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("requested_by")),
                name="voting_extension_by_two_people",
            ),
            models.CheckConstraint(
                condition=both_or_neither("approved_by", "approved_at"),
                name="voting_extension_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"extension of round {self.round_id} to {self.closes_at:%Y-%m-%d %H:%M %Z}"
