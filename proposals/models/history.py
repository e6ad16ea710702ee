"""History of a proposal: its status changes, its earlier texts, and the progress of the work."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from authorities.models import Department, known_reason, reason_code
from proposals import findings, lifecycle
from proposals.models.proposal_text import WORDS, ProposalText
from proposals.models.texts import Proposal


def status_change_constraints() -> list[models.BaseConstraint]:
    """Return what the database demands of a step to each state, as the rows of `lifecycle` say."""
    return [
        models.CheckConstraint(
            condition=~Q(to_state__in=sorted(lifecycle.owing_reason())) | ~Q(reason=""),
            name="proposals_statuschange_every_no_has_a_reason",
        ),
        known_reason("proposals_statuschange"),
        models.CheckConstraint(
            condition=findings.has_a_kind(), name="proposals_statuschange_finding_has_a_kind"
        ),
    ]


class StatusChange(models.Model):
    """One step in a proposal's life, with who took it and, if it says no, why. Append-only by trigger."""

    class Body(models.TextChoices):
        AUTHOR = "author", _("author")
        MODERATION = "moderation", _("moderation")
        DEPARTMENT = "department", _("department")
        # Institutions are named by their country: `{% body_of %}`.
        ADMINISTRATION = "administration", "administration"
        RESIDENTS = "residents", _("residents' vote")
        COUNCIL = "council", "council"

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="status_changes")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=12, choices=lifecycle.choices, blank=True)
    to_state = models.CharField(max_length=12, choices=lifecycle.choices)
    body = models.CharField(max_length=14, choices=Body)
    # The department that decided, if one did.
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    # Empty if the clock acted or it was loaded from a record.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=30, blank=True)
    reason_code = reason_code()
    # In the words of an official or the author.
    explanation = models.TextField(max_length=2000, blank=True)
    # By a process, such as the count; see `proposals.findings`.
    finding = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = status_change_constraints()

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.from_state} → {self.to_state}"

    @property
    def happened(self) -> str:
        """The event, in the reader's language."""
        return str(lifecycle.STATES[self.to_state].happened)

    @property
    def public_explanation(self) -> str:
        """The explanation for the public: empty if it is between author and moderators."""
        return self.explanation if lifecycle.STATES[self.to_state].reason_is_public else ""

    @property
    def finding_in_words(self) -> str:
        """The finding in the reader's language; empty if there is none."""
        return findings.in_words(self.finding)

    @property
    def finding_in_plain_words(self) -> str:
        """The finding in plain language; empty if there is none."""
        return findings.in_plain_words(self.finding)


class Revision(ProposalText):
    """A proposal's text as it stood at a submission. Append-only by trigger, but for its words.

    Words that were never public go when their author has the account erased; that there were some stays.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="revisions")
    version = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["version"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(**dict.fromkeys(WORDS, "")),
                name="proposals_revision_erased_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(category__isnull=False, requested_cost_minor__isnull=False),
                name="proposals_revision_is_complete",
            ),
            models.UniqueConstraint(
                fields=["proposal", "version"], name="proposals_revision_one_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} version {self.version}"


class Milestone(models.Model):
    """Progress of an adopted project, as reported on a day. Append-only by trigger."""

    class Progress(models.TextChoices):
        PLANNED = "planned", _("Planned")
        IN_PROGRESS = "in_progress", _("In progress")
        DELAYED = "delayed", _("Delayed")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="milestones")
    progress = models.CharField(max_length=12, choices=Progress)
    note = models.CharField(max_length=300, blank=True)
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["reported_at", "pk"]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.progress}"
