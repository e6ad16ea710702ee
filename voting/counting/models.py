"""Ballots as they were counted, and what the count came to."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from rounds.models import Participation, Round
from voting.models.papers import BallotPaper


class FinalBallot(models.Model):
    """A ballot as it was counted, opened and in the order of its reference. Append-only."""

    pk = models.CompositePrimaryKey("round_id", "ballot_ref")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False)
    # Derived from the receipt code; published as `voter_id`.
    ballot_ref = models.BinaryField(max_length=16)
    # {"1": ["GN-2025-0001", …]}: entries by the number of the ballot paper; with points, pairs.
    choices = models.JSONField()
    participation = models.CharField(max_length=10, choices=Participation)
    # Keyed from paper: it has a random reference, no receipt and no entry in the log.
    is_paper = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Exact(Length("ballot_ref"), 16), name="voting_finalballot_ref_is_16_bytes"
            ),
        ]

    def __str__(self) -> str:
        return f"ballot of round {self.round_id}"


class Tally(models.Model):
    """The result of counting one ballot paper: once each for the ballots inside, outside, and together.

    Stored only when two independent counters agreed. Append-only.
    """

    class Scope(models.TextChoices):
        INSIDE = "inside", _("people who live, work or study here")
        OUTSIDE = "outside", _("people from outside")
        EVERYBODY = "everybody", _("everybody")

    paper = models.ForeignKey(BallotPaper, models.PROTECT, related_name="tallies")
    scope = models.CharField(max_length=9, choices=Scope)
    # Whether this is the count that decides, by the round's rule about ballots from outside.
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
            models.UniqueConstraint(fields=["paper", "scope"], name="voting_tally_one_per_paper_and_scope"),
            models.UniqueConstraint(
                fields=["paper"], condition=Q(is_decisive=True), name="voting_tally_one_decides"
            ),
            models.CheckConstraint(
                condition=Q(n_blank__lte=F("n_ballots")), name="voting_tally_blank_are_part_of_all"
            ),
            models.CheckConstraint(
                condition=Exact(Length("input_hash"), 32), name="voting_tally_input_hash_is_32_bytes"
            ),
        ]

    def __str__(self) -> str:
        return f"tally of paper {self.paper_id}, {self.scope}"
