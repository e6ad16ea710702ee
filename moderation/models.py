"""The screening queue: one case for each text that waits, and what was decided about it."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Length
from django.utils.translation import gettext_lazy as _

from authorities.models import Authority, known_reason, reason_code
from authorities.reasons import LEAST_EXPLANATION
from core.db.constraints import both_or_neither
from proposals.lifecycle import State
from proposals.models import Comment, Proposal

# For the CHECK on explanations.
models.TextField.register_lookup(Length)


class Harm(models.IntegerChoices):
    """The harm a text could do while public; the queue shows the worst first."""

    NONE = 0, _("no sign of harm")
    LOW = 1, _("possibly inappropriate")
    MEDIUM = 2, _("possibly hurtful or misleading")
    HIGH = 3, _("may reveal personal data")


class CaseQuerySet(QuerySet["Case"]):
    def waiting(self) -> Self:
        """Keep open cases whose text still waits as submitted."""
        return self.filter(
            Q(proposal__state=State.PENDING) | Q(comment__state=Comment.State.PENDING), closed_at=None
        )

    def of(self, authority: Authority) -> Self:
        return self.filter(authority=authority)

    def free(self, now: datetime) -> Self:
        """Keep what nobody holds, or held too long."""
        return self.filter(Q(claimed_until=None) | Q(claimed_until__lte=now))

    def in_queue_order(self) -> Self:
        """Most harmful first, then texts of older or disabled people, then by due date."""
        return self.annotate(
            has_priority=Coalesce(
                "proposal__assisted_submission__has_priority",
                "comment__assisted_submission__has_priority",
                False,
            )
        ).order_by("-harm", "-has_priority", "due_at", "pk")


class Case(models.Model):
    """One text that waits to be screened: a submission of a proposal, or a comment."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="cases")
    proposal = models.ForeignKey(Proposal, models.PROTECT, null=True, blank=True, related_name="cases")
    # The version of the proposal's text; a resubmitted text is a new case.
    version = models.PositiveIntegerField(null=True, blank=True)
    comment = models.OneToOneField(Comment, models.PROTECT, null=True, blank=True, related_name="case")
    opened_at = models.DateTimeField()
    # The author should have an answer until then.
    due_at = models.DateTimeField()
    # Results of the automatic check: [{"kind", "field", "start", "end"}], for moderators only.
    hints = models.JSONField(default=list)
    harm = models.PositiveSmallIntegerField(choices=Harm, default=Harm.NONE)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Afterwards anybody may take it over: a moderator who went home holds nothing up.
    claimed_until = models.DateTimeField(null=True, blank=True)
    # Decided, or lapsed because its author withdrew the text.
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, version__isnull=False, comment=None)
                | Q(proposal=None, version=None, comment__isnull=False),
                name="moderation_case_is_about_one_text",
            ),
            models.UniqueConstraint(
                fields=["proposal", "version"], name="moderation_case_one_per_submission"
            ),
            models.CheckConstraint(
                condition=both_or_neither("claimed_by", "claimed_until"),
                name="moderation_case_claim_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("opened_at")), name="moderation_case_due_after_opening"
            ),
        ]
        indexes: ClassVar = [
            # An authority's queue: the worst first, then the most urgent.
            models.Index(
                fields=["authority", "-harm", "due_at"],
                condition=Q(closed_at=None),
                name="moderation_case_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    @property
    def is_about_what_waits(self) -> bool:
        """Return whether the text, as loaded with the case, is still the submitted one and waits."""
        if self.proposal is not None:
            return self.proposal.is_pending and self.proposal.version == self.version
        assert self.comment is not None
        return self.comment.is_pending

    def is_claimed(self, now: datetime) -> bool:
        return self.claimed_until is not None and now < self.claimed_until

    def is_late(self, now: datetime) -> bool:
        return self.due_at <= now


class Decision(models.Model):
    """A decision about a text, with its author and reason. Append-only by trigger."""

    class Outcome(models.TextChoices):
        PUBLISH = "publish", _("Publish")
        REFUSE = "refuse", _("Do not publish")

    case = models.OneToOneField(Case, models.PROTECT, related_name="decision")
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=30, blank=True)
    reason_code = reason_code()
    # The author reads it as written.
    explanation = models.TextField(max_length=2000, blank=True)
    # Empty only if the authority's policy publishes clean comments automatically.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_automatic = models.BooleanField(default=False)
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome="publish", reason="")
                | Q(
                    ~Q(reason=""),
                    outcome="refuse",
                    explanation__length__gte=LEAST_EXPLANATION,
                ),
                name="moderation_decision_every_no_is_explained",
            ),
            known_reason("moderation_decision"),
            models.CheckConstraint(
                condition=Q(is_automatic=False, decided_by__isnull=False)
                | Q(is_automatic=True, decided_by=None, outcome="publish"),
                name="moderation_decision_no_refusal_without_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} case {self.case_id}"


class CommentPolicy(models.Model):
    """An authority's rule for comments in which the pre-screen notices nothing. None: a person decides."""

    authority = models.OneToOneField(Authority, models.PROTECT, related_name="comment_policy")
    publishes_clean_comments = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "comment policies"

    def __str__(self) -> str:
        return f"comment policy of {self.authority_id}"
