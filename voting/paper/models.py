"""Voting on paper: the desks, the stacks collected there, and what clerks read off each paper."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.db.constraints import both_or_neither
from places.models import Area
from rounds.models import Residency, Round


class PollingPlace(models.Model):
    """A polling place: people are checked in to vote on paper, and their ballots are collected there."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="polling_places")
    name = models.CharField(max_length=80)
    # The time a clerk declared, after the vote, that every ballot of this polling place is in a finished
    # batch.
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "name"], name="paper_pollingplace_one_per_name"),
            models.CheckConstraint(condition=~Q(name=""), name="paper_pollingplace_has_a_name"),
            models.CheckConstraint(
                condition=both_or_neither("settled_at", "settled_by"),
                name="paper_pollingplace_is_settled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CancelledCheckIn(models.Model):
    """A cancelled check-in, and why; not whose it was. Append-only."""

    polling_place = models.ForeignKey(PollingPlace, models.PROTECT, related_name="cancelled_check_ins")
    # SHA-256 of the mark's tag: one reason for one mark. Empty for marks withdrawn before this was kept.
    check_in = models.BinaryField(max_length=32, null=True)
    reason = models.CharField(max_length=200)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The start of the transaction that took the mark out of the box: the box asks for this row.
    withdrawn_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="paper_cancelledcheckin_has_a_reason"),
            models.CheckConstraint(
                condition=Exact(Length("check_in"), 32), name="paper_cancelledcheckin_check_in_is_32_bytes"
            ),
        ]

    def __str__(self) -> str:
        return f"mark withdrawn at desk {self.polling_place_id}"


class BallotBatch(models.Model):
    """A counted stack of paper ballots of one kind of voter, keyed twice by two clerks who must agree."""

    class State(models.TextChoices):
        DECLARED = "declared", _("First entry in progress")
        ENTERED_ONCE = "keyed_once", _("Second entry in progress")
        DIFFERS = "differs", _("The two entries differ")
        AGREED = "agreed", _("Both entries match")
        WITHDRAWN = "withdrawn", pgettext_lazy("batch", "Withdrawn")

    round = models.ForeignKey(Round, models.PROTECT, related_name="ballot_batches")
    polling_place = models.ForeignKey(PollingPlace, models.PROTECT, related_name="batches")
    # 1, 2, …: written on the stack.
    number = models.PositiveSmallIntegerField()
    # The voters of these ballots: a ballot only says inside or outside; "resident" means everybody inside.
    residency = models.CharField(max_length=10, choices=Residency, default=Residency.RESIDENT)
    # If some ballots are for one area only: the area of the people who got these.
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.DECLARED)
    # Papers in the stack, counted by hand before anything was keyed.
    declared = models.PositiveSmallIntegerField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Ballots keyed when the first keying was finished, and when the second one agreed with it.
    first_entry_count = models.PositiveSmallIntegerField(null=True, blank=True)
    second_entry_count = models.PositiveSmallIntegerField(null=True, blank=True)
    # The reason for its withdrawal; its ballots are registered again in another batch.
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "paper batches"
        ordering: ClassVar = ["round", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "number"], name="paper_ballotbatch_one_per_number"),
            models.CheckConstraint(condition=Q(declared__gt=0), name="paper_ballotbatch_is_not_empty"),
            models.CheckConstraint(
                condition=Q(residency__in=["resident", "outside"]),
                name="paper_ballotbatch_is_inside_or_outside",
            ),
            models.CheckConstraint(
                condition=Q(second_by=None) | ~Q(second_by=F("entered_by")),
                name="paper_ballotbatch_by_two_clerks",
            ),
            models.CheckConstraint(
                condition=Q(second_by=None) | Q(entered_by__isnull=False, first_entry_count__isnull=False),
                name="paper_ballotbatch_second_comes_second",
            ),
            models.CheckConstraint(
                condition=Q(first_entry_count=None)
                | Q(first_entry_count=F("declared"), entered_by__isnull=False),
                name="paper_ballotbatch_entered_as_declared",
            ),
            models.CheckConstraint(
                condition=Q(second_entry_count=None)
                | Q(second_entry_count=F("first_entry_count"), second_by__isnull=False),
                name="paper_ballotbatch_entries_agree",
            ),
            models.CheckConstraint(
                condition=Q(state="agreed", second_entry_count__isnull=False)
                | (~Q(state="agreed") & Q(second_entry_count=None)),
                name="paper_ballotbatch_agreed_is_entered_twice",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(reason=""),
                name="paper_ballotbatch_withdrawn_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"paper batch {self.number} of round {self.round_id}"


class TranscribedBallot(models.Model):
    """One clerk's transcription of a paper ballot, sealed until the count.

    Replaced on a new entry, never removed.
    """

    class DataEntry(models.IntegerChoices):
        FIRST = 1, _("first entry")
        SECOND = 2, _("second entry")

    class Invalid(models.TextChoices):
        """The reason why a paper ballot is invalid.

        Reasons that follow from its choices are checked; see `voting.ballot_style.transcription`.
        """

        OVER_BUDGET = "over_budget", _("More money or points than allowed")
        TOO_MANY = "too_many", _("More projects than allowed")
        BLANK = "blank", _("Nothing chosen, which is not allowed in this vote")
        UNREADABLE = "unreadable", _("The choice is unreadable")
        IDENTIFYING = "identifying", _("A mark reveals who the voter is")
        OTHER = "other", _("Another reason")

    batch = models.ForeignKey(BallotBatch, models.PROTECT, related_name="ballots")
    # 1, 2, …: its place in the stack.
    sequence = models.PositiveSmallIntegerField()
    data_entry = models.PositiveSmallIntegerField(choices=DataEntry)
    # Choices and validity under the round's key, and a keyed hash of them: equal for equal contents of one
    # paper, so that the database compares the keyings without being able to read them.
    sealed = models.BinaryField()
    fingerprint = models.BinaryField(max_length=32)
    invalid = models.CharField(max_length=11, choices=Invalid, blank=True)
    # The other reason.
    note = models.CharField(max_length=120, blank=True)
    transcribed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # 1, and 1 more each time it is keyed again.
    revision = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["batch", "sequence", "data_entry"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "sequence", "data_entry"], name="paper_transcribedballot_once_an_entry"
            ),
            models.CheckConstraint(
                condition=Q(sequence__gt=0), name="paper_transcribedballot_sequence_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(data_entry__in=[1, 2]), name="paper_transcribedballot_first_or_second"
            ),
            models.CheckConstraint(
                condition=Q(
                    invalid__in=["", "over_budget", "too_many", "blank", "unreadable", "identifying", "other"]
                ),
                name="paper_transcribedballot_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(invalid="other") & ~Q(note="") | (~Q(invalid="other") & Q(note="")),
                name="paper_transcribedballot_other_reason_is_noted",
            ),
            models.CheckConstraint(
                condition=Exact(Length("fingerprint"), 32),
                name="paper_transcribedballot_fingerprint_is_32_bytes",
            ),
        ]

    def __str__(self) -> str:
        return f"ballot {self.sequence} of paper batch {self.batch_id}"
