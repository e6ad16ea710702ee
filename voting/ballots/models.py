"""The sealed ballots, and the public log that each of them left its entry in."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from identity.verification.models import AgeGroup
from places.models import Area
from proposals.models import Channel
from rounds.models import Residency, Round


class BallotBox(models.Model):
    """The sealed ballot of one voter, known by a tag that only the round's key can connect with a person.

    No account, no time, no serial number. Class, area and age band are what turnout is counted by; they
    are bound into the seal, so that none can be changed alone. Written by the SQL function `cast_ballot`;
    taken out before the close by `withdraw_ballot` alone, which leaves an entry in the log.
    """

    pk = models.CompositePrimaryKey("round_id", "voter_tag")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False)
    voter_tag = models.BinaryField(max_length=32)
    # AES-GCM ciphertext; empty for a person who has voted on paper.
    sealed = models.BinaryField(null=True, blank=True)
    channel = models.CharField(max_length=8, choices=Channel)
    residency = models.CharField(max_length=10, choices=Residency)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    # The polling place where a person was checked in to vote on paper; empty for every sealed ballot.
    polling_place = models.ForeignKey(
        "paper.PollingPlace", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    # The number of casts: 1, plus 1 for each replacement.
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=False) | Q(channel="paper"),
                name="ballots_ballotbox_only_check_ins_are_empty",
            ),
            models.CheckConstraint(
                condition=Q(revision__gt=0), name="ballots_ballotbox_revision_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(polling_place=None) | Q(sealed=None, channel="paper"),
                name="ballots_ballotbox_places_check_in_paper_only",
            ),
            models.CheckConstraint(
                condition=Exact(Length("voter_tag"), 32), name="ballots_ballotbox_tag_is_32_bytes"
            ),
        ]
        indexes: ClassVar = [
            # Marks of a desk, counted at each paper ballot that is keyed there.
            models.Index(
                fields=["polling_place"],
                condition=Q(polling_place__isnull=False),
                name="ballots_box_check_ins_of_place",
            ),
        ]

    def __str__(self) -> str:
        return f"sealed ballot of round {self.round_id}"


class CastEventQuerySet(QuerySet["CastEvent"]):
    def castings(self) -> Self:
        """Keep ballots cast or replaced: only among them is a receipt's reference unique."""
        return self.exclude(kind="withdraw")

    def withdrawals(self) -> Self:
        """Keep what says that a ballot was withdrawn."""
        return self.filter(kind="withdraw")


class CastEvent(models.Model):
    """An entry of the public log: a ballot cast, replaced or withdrawn. Append-only, but for its place."""

    class Kind(models.TextChoices):
        CAST = "cast", _("cast")
        REPLACE = "replace", _("replaced")
        WITHDRAW = "withdraw", _("withdrawn from the box")

    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False)
    # Derived from the receipt code; unique, so that a repeated request is recognised. For a withdrawal: the
    # hash of the withdrawn entry, whose commitment it repeats.
    log_ref = models.BinaryField(max_length=32)
    commitment = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=8, choices=Kind)
    # The day in the round's time zone: the receipt names it, and a receipt asked for again is the same.
    recorded_on = models.DateField()
    leaf_index = models.BigIntegerField(null=True, blank=True)
    # Of a withdrawal: how often the ballot had been cast, and so how many entries it leaves. Not published.
    castings = models.PositiveIntegerField(null=True, blank=True)

    objects = CastEventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round", "log_ref"],
                condition=~Q(kind="withdraw"),
                name="ballots_castevent_one_per_receipt",
            ),
            models.UniqueConstraint(
                fields=["round", "log_ref"],
                condition=Q(kind="withdraw"),
                name="ballots_castevent_withdrawn_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="withdraw", castings__isnull=False, castings__gt=0)
                | (~Q(kind="withdraw") & Q(castings=None)),
                name="ballots_castevent_withdrawals_say_how_often",
            ),
            models.UniqueConstraint(fields=["round", "leaf_index"], name="ballots_castevent_one_per_leaf"),
            models.CheckConstraint(
                condition=Q(leaf_index=None) | Q(leaf_index__gte=0),
                name="ballots_castevent_leaf_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Exact(Length("log_ref"), 32), name="ballots_castevent_log_ref_is_32_bytes"
            ),
            models.CheckConstraint(
                condition=Exact(Length("commitment"), 32), name="ballots_castevent_commitment_is_32_bytes"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["cast", "replace", "withdraw"]), name="ballots_castevent_kind_is_known"
            ),
        ]
        indexes: ClassVar = [
            # Entries that the sequencer must still number.
            models.Index(fields=["round"], condition=Q(leaf_index=None), name="ballots_castevent_unnumbered"),
        ]

    def __str__(self) -> str:
        return f"log entry of round {self.round_id}"


class Checkpoint(models.Model):
    """A signed state of the log: its number of entries and their root. Append-only; sizes only grow."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="checkpoints")
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    # The signed note, byte for byte as published, and the key that opens it.
    note = models.BinaryField()
    public_key = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["round", "size"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "size"], name="ballots_checkpoint_one_per_size"),
            models.CheckConstraint(condition=Q(size__gte=0), name="ballots_checkpoint_size_is_not_negative"),
            models.CheckConstraint(
                condition=Exact(Length("root"), 32), name="ballots_checkpoint_root_is_32_bytes"
            ),
            models.CheckConstraint(
                condition=Exact(Length("public_key"), 32), name="ballots_checkpoint_public_key_is_32_bytes"
            ),
        ]

    def __str__(self) -> str:
        return f"checkpoint {self.size} of round {self.round_id}"


class LogNode(models.Model):
    """The hash over 256 ** level neighbouring entries of a log: a whole tile's. Append-only.

    With them a proof or a tile reads a few hundred rows at most, however long the log is.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField()
    # Index within its level: 0, 1, … from the left.
    place = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "level", "place"], name="ballots_lognode_one_per_place"),
            models.CheckConstraint(
                condition=Q(level__gt=0, place__gte=0), name="ballots_lognode_is_above_the_entries"
            ),
            models.CheckConstraint(
                condition=Exact(Length("hash"), 32), name="ballots_lognode_hash_is_32_bytes"
            ),
        ]

    def __str__(self) -> str:
        return f"node {self.place} of level {self.level} of the log of round {self.round_id}"


class FinalBallot(models.Model):
    """A ballot as it was counted, opened and in the order of its reference. Append-only."""

    pk = models.CompositePrimaryKey("round_id", "ballot_ref")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False)
    # Derived from the receipt code; published as `voter_id`.
    ballot_ref = models.BinaryField(max_length=16)
    # {"1": ["GN-2025-0001", …]}: entries by the number of the ballot paper; with points, pairs.
    choices = models.JSONField()
    residency = models.CharField(max_length=10, choices=Residency)
    # Keyed from paper: it has a random reference, no receipt and no entry in the log.
    is_paper = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Exact(Length("ballot_ref"), 16), name="ballots_finalballot_ref_is_16_bytes"
            ),
        ]

    def __str__(self) -> str:
        return f"ballot of round {self.round_id}"
