"""What people are told, and whether it reached them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.querysets import DeliveryQuerySet
from proposals.models import Comment, Step


class Kind(models.TextChoices):
    """What a notice is about; each has its letter in `notices/letters.py`."""

    PROPOSAL_PUBLISHED = "proposal_published", _("Your proposal is public")
    PROPOSAL_SENT_BACK = "proposal_sent_back", _("Your proposal needs a change")
    PROPOSAL_FEASIBLE = "proposal_feasible", _("Your proposal was found feasible")
    PROPOSAL_INELIGIBLE = "proposal_ineligible", _("Your proposal cannot go to the vote")
    PROPOSAL_REFERRED = "proposal_referred", _("Your proposal was referred")
    PROPOSAL_MERGED = "proposal_merged", _("Your proposal was merged")
    PROPOSAL_ADOPTED = "proposal_adopted", _("Your proposal was adopted")
    PROPOSAL_NOT_ADOPTED = "proposal_not_adopted", _("Your proposal was not adopted")
    PROPOSAL_WRITTEN_DOWN = "proposal_written_down", _("A proposal was written down for you")
    COMMENT_PUBLISHED = "comment_published", _("Your comment is public")
    COMMENT_REJECTED = "comment_rejected", _("Your comment was not published")


class Notice(models.Model):
    """That somebody is to be told about one thing that happened; once per person and thing."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=30, choices=Kind)
    # What it is about: a step in a proposal's life, or the outcome of a comment.
    step = models.ForeignKey(Step, models.PROTECT, null=True, blank=True, related_name="notices")
    comment = models.ForeignKey(Comment, models.PROTECT, null=True, blank=True, related_name="notices")
    announced_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "step"], name="notices_notice_once_per_step"),
            models.UniqueConstraint(fields=["account", "comment"], name="notices_notice_once_per_comment"),
            models.CheckConstraint(
                condition=Q(step__isnull=False, comment=None) | Q(step=None, comment__isnull=False),
                name="notices_notice_is_about_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.account_id}"


class Delivery(models.Model):
    """The way of one notice to its reader by one channel."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.EMAIL)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    # The same for each attempt, so that a server or a reader's mailbox can drop a repeat.
    message_id = models.CharField(max_length=120, unique=True)
    n_attempts = models.PositiveSmallIntegerField(default=0)
    # The next attempt; while one is under way, when another process may assume that it died.
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    # What the mail server said last, without addresses.
    last_answer = models.CharField(max_length=200, blank=True)

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
