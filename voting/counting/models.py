"""Ballots as they were counted, and what the count came to."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from voting.polls.models import BallotStyle


class Tally(models.Model):
    """The result of counting one ballot paper: once each for the ballots inside, outside, and together.

    Stored only when two independent counters agreed. Append-only.
    """

    class Scope(models.TextChoices):
        INSIDE = "inside", _("people who live, work or study here")
        OUTSIDE = "outside", _("people from outside the area")
        EVERYBODY = "everybody", _("everybody")

    ballot_style = models.ForeignKey(BallotStyle, models.PROTECT, related_name="tallies")
    scope = models.CharField(max_length=9, choices=Scope)
    # If this is the deciding count, by the round's rule about ballots from outside.
    is_decisive = models.BooleanField()
    n_ballots = models.PositiveIntegerField()
    # Ballots on which nothing was chosen on this paper.
    n_blank = models.PositiveIntegerField()
    # The outcome with its rule, tie order, steps and a reason for each project not funded.
    outcome = models.JSONField()
    # SHA-256 over the input of the count: projects, budget, limits and all ballots.
    input_hash = models.BinaryField(max_length=32)
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "tallies"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["ballot_style", "scope"], name="counting_tally_one_per_style_and_scope"
            ),
            models.UniqueConstraint(
                fields=["ballot_style"], condition=Q(is_decisive=True), name="counting_tally_one_decides"
            ),
            models.CheckConstraint(
                condition=Q(n_blank__lte=F("n_ballots")), name="counting_tally_blank_are_part_of_all"
            ),
            models.CheckConstraint(
                condition=Exact(Length("input_hash"), 32), name="counting_tally_input_hash_is_32_bytes"
            ),
        ]

    def __str__(self) -> str:
        return f"tally of paper {self.ballot_style_id}, {self.scope}"
