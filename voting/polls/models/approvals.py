"""Approvals by two officials: the steps of the close, and an extension of the vote."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.approvals import TwoPersonRequest
from rounds.models import Round


class Approval(TwoPersonRequest):
    """Two officials' consent to one step of the close: the second is never the first."""

    class Stage(models.TextChoices):
        CERTIFY = "certify", _("certify the result")
        PUBLISH = "publish", _("publish the ballots")
        DESTROY_KEY = "destroy_key", _("destroy the key")

    round = models.ForeignKey(Round, models.PROTECT, related_name="approvals")
    stage = models.CharField(max_length=11, choices=Stage)

    class Meta:
        ordering: ClassVar = ["requested_at"]
        constraints: ClassVar = [
            *TwoPersonRequest.Meta.constraints,
            models.UniqueConstraint(fields=["round", "stage"], name="polls_approval_one_per_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} of round {self.round_id}"


class Extension(TwoPersonRequest):
    """An extension of the vote beyond the frozen rules: requested by one official, approved by another.

    The only way in which the database lets the closing time of a frozen vote change; see
    `sql/freeze_phase.sql`. The rules and their hash stay as they were; this is an addendum.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="extensions")
    closes_before = models.DateTimeField()
    closes_at = models.DateTimeField()
    # Announced to voters as written, in the authority's language.
    reason = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["requested_at", "pk"]
        constraints: ClassVar = [
            *TwoPersonRequest.Meta.constraints,
            models.UniqueConstraint(
                fields=["round"], condition=Q(approved_by=None), name="polls_extension_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("closes_before")), name="polls_extension_closes_later"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="polls_extension_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"extension of round {self.round_id} to {self.closes_at:%Y-%m-%d %H:%M %Z}"
