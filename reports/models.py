"""Published reports and the record of what was exported."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from rounds.models import Round


class Snapshot(models.Model):
    """A round's figures as they were published. Append-only by trigger: a correction is a new one.

    The page, CSV, JSON and XLSX of a report are all written from `document`; nothing is recomputed.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="snapshots")
    # 1, 2, 3 … within the round.
    number = models.PositiveIntegerField()
    taken_at = models.DateTimeField()
    # Empty if the clock took it.
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The snapshot this one replaces in public; that one stays readable.
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    # The change and its reason, in the authority's language; published.
    correction = models.TextField(max_length=1000, blank=True)
    document = models.JSONField()
    # Hex digest of the document's canonical JSON: `documents.digest`.
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["round", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "number"], name="reports_snapshot_one_per_number"),
            models.CheckConstraint(
                condition=Q(number=1, corrects=None, correction="")
                | (Q(number__gt=1, corrects__isnull=False) & ~Q(correction="")),
                name="reports_snapshot_later_ones_name_what_they_correct",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(corrects=F("id")),
                name="reports_snapshot_not_its_own_correction",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="reports_snapshot_has_a_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} report {self.number}"


class Export(models.Model):
    """A file that left the platform: who took it, when, and its fingerprint. Append-only by trigger."""

    class Kind(models.TextChoices):
        ADOPTED = "adopted", _("adopted projects")

    class Form(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        PDF = "pdf", "PDF"

    round = models.ForeignKey(Round, models.PROTECT, related_name="exports")
    # The report it was written from.
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="exports")
    kind = models.CharField(max_length=10, choices=Kind)
    form = models.CharField(max_length=4, choices=Form)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    exported_at = models.DateTimeField()
    exported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    n_rows = models.PositiveIntegerField()
    # Of the bytes handed over.
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-exported_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="reports_export_has_a_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.form} of {self.round_id}"
