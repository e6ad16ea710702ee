"""Responses to a proposal: support and comments."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authorities.models import known_reason, reason_code
from identity.models import Account
from proposals.models.assisted_submissions import AssistedSubmission
from proposals.models.texts import Proposal
from rounds.models import Residency


class Support(models.Model):
    """A resident's sign that a proposal is worth reviewing; not a vote."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="supports")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="supports")
    residency = models.CharField(max_length=10, choices=Residency)
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["proposal", "account"], name="proposals_support_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return f"support of {self.proposal_id}"


class CommentQuerySet(QuerySet["Comment"]):
    def public(self) -> Self:
        return self.filter(state="published")

    def visible_to(self, account: Account | AnonymousUser) -> Self:
        """Keep published comments and the account's own that still wait or were rejected."""
        if not account.is_authenticated:
            return self.public()
        return self.filter(Q(state="published") | Q(author_id=account.pk))


class Comment(models.Model):
    """A comment on a proposal; shown to others once screened."""

    class State(models.TextChoices):
        PENDING = "pending", _("Being screened")
        PUBLISHED = "published", _("Published")
        REJECTED = "rejected", _("Not published")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="comments")
    # Empty if a service desk submitted it for a person without an account.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="comments"
    )
    assisted_submission = models.OneToOneField(
        AssistedSubmission, models.PROTECT, null=True, blank=True, related_name="comment"
    )
    residency = models.CharField(max_length=10, choices=Residency)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    text = models.TextField(max_length=2000)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    reason = models.CharField(max_length=30, blank=True)
    reason_code = reason_code()
    explanation = models.TextField(max_length=2000, blank=True)
    posted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["posted_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reason=""),
                name="proposals_comment_every_no_has_a_reason",
            ),
            known_reason("proposals_comment"),
            models.CheckConstraint(condition=~Q(text=""), name="proposals_comment_is_not_empty"),
            models.CheckConstraint(
                condition=Q(author__isnull=False) | Q(assisted_submission__isnull=False),
                name="proposals_comment_is_somebodys",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["posted_at"], condition=Q(state="pending"), name="proposals_comment_waiting"
            ),
            # The comments under one proposal, oldest first.
            models.Index(fields=["proposal", "posted_at"], name="proposals_comment_of_proposal"),
        ]

    def __str__(self) -> str:
        return f"comment {self.pk}"

    @property
    def is_pending(self) -> bool:
        """Return whether it waits to be screened."""
        return self.state == self.State.PENDING

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_rejected(self) -> bool:
        return self.state == self.State.REJECTED

    @property
    def public_name(self) -> str:
        """The name shown with it."""
        return gettext("A resident") if self.author is None else self.author.public_name
