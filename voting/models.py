"""Ballot papers, the sealed box, its public log, and the stored result of a count.

What must hold is also said in the database: see migration `0002_sealed_box`, which adds the casting
function and the triggers that keep the box shut outside the voting phase and the rules frozen.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from identity.models import AgeGroup
from proposals.models import Channel, Proposal
from rounds.models import Area, Category, Participation, Round
from rounds.multilingual import validate_multilingual
from voting.keys import RoundKey, round_key
from voting.querysets import PollQuerySet


class Poll(models.Model):
    """A round's vote: its frozen rules, the name of its key, and how far its close has come."""

    class State(models.TextChoices):
        DRAFTED = "drafted", _("Ballot paper being drawn up")
        FROZEN = "frozen", _("Rules and ballot paper frozen")
        CLOSED = "closed", _("Closed")
        RECONCILED = "reconciled", _("Checked against the register")
        COUNTED = "counted", _("Counted")
        CERTIFIED = "certified", _("Certified")
        PUBLISHED = "published", _("Ballots published")
        KEY_DESTROYED = "key_destroyed", _("Key destroyed")

    class ReceiptMode(models.TextChoices):
        OPEN = "open", _("recorded, and counted as chosen")
        INCLUSION_ONLY = "inclusion_only", _("recorded only")

    round = models.OneToOneField(Round, models.PROTECT, primary_key=True, related_name="poll")
    state = models.CharField(max_length=13, choices=State, default=State.DRAFTED)
    # What somebody with a receipt code can check after publication, and so show to others.
    receipt_mode = models.CharField(max_length=14, choices=ReceiptMode, default=ReceiptMode.OPEN)
    # Canonical JSON of everything voters may rely on, as published; its SHA-256; when it was frozen.
    rules = models.TextField(blank=True)
    rules_hash = models.BinaryField(max_length=32, null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    # Names the key in the key directory; the check refuses a node that holds another key.
    key_name = models.UUIDField(null=True, blank=True, unique=True)
    key_check = models.BinaryField(max_length=32, null=True, blank=True)
    # While true, ballots of an imported round may be loaded although its dates are past.
    is_loading = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    # The full period up to which everything cast has its place in the log; see `services.sequencing`.
    log_until = models.DateTimeField(null=True, blank=True)

    objects = PollQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="drafted", rules="", rules_hash=None, frozen_at=None, key_name=None)
                | (
                    ~Q(state="drafted")
                    & ~Q(rules="")
                    & Q(
                        rules_hash__isnull=False,
                        frozen_at__isnull=False,
                        key_name__isnull=False,
                        key_check__isnull=False,
                    )
                ),
                name="voting_poll_frozen_has_rules_and_key",
            ),
            models.CheckConstraint(
                condition=Q(is_loading=False) | Q(state="frozen"), name="voting_poll_loads_only_while_frozen"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["drafted", "frozen"], closed_at=None)
                | (~Q(state__in=["drafted", "frozen"]) & Q(closed_at__isnull=False)),
                name="voting_poll_closed_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"vote of round {self.round_id}: {self.state}"

    @property
    def is_frozen(self) -> bool:
        """Whether voters may rely on the rules: true from freezing on, for ever."""
        return self.state != self.State.DRAFTED

    @property
    def is_published(self) -> bool:
        """Whether the counted ballots are public."""
        return self.state in (self.State.PUBLISHED, self.State.KEY_DESTROYED)

    @property
    def key(self) -> RoundKey:
        """The round's key, read from its file now. Raises KeyUnavailable."""
        assert self.key_name is not None
        assert self.key_check is not None
        return round_key(self.key_name, bytes(self.key_check))


class BallotPaper(models.Model):
    """What one group of voters may choose from, how, and the money it decides about."""

    class Kind(models.TextChoices):
        """How a voter fills it in. Values are those of `voting.tally`."""

        APPROVAL = "approval", _("choose projects")
        KNAPSACK = "knapsack", _("spend the budget")
        CUMULATIVE = "cumulative", _("give points")
        ORDINAL = "ordinal", _("rank projects")

    round = models.ForeignKey(Round, models.PROTECT, related_name="ballot_papers")
    # 1, 2, …: which of the round's papers it is.
    number = models.PositiveSmallIntegerField()
    title = models.JSONField(validators=[validate_multilingual])
    # Empty: for everybody who may vote. Else for those who live or work in this area.
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.APPROVAL)
    budget_minor = models.BigIntegerField()
    min_choices = models.PositiveSmallIntegerField(default=1)
    max_choices = models.PositiveSmallIntegerField(null=True, blank=True)
    # The most that the chosen projects may cost together on one ballot; empty for no such limit.
    ballot_budget_minor = models.BigIntegerField(null=True, blank=True)
    # Cumulative only: the points a voter may give in all, and at most to one project.
    points = models.PositiveSmallIntegerField(null=True, blank=True)
    points_per_project = models.PositiveSmallIntegerField(null=True, blank=True)
    # {"parks": 2}: the most projects of a category on one ballot, by the category's slug.
    max_per_category = models.JSONField(default=dict, blank=True)
    # Whether a ballot that chooses nothing may be cast.
    allows_blank = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["round", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "number"], name="voting_ballotpaper_one_per_number"),
            models.UniqueConstraint(
                fields=["round", "area"], nulls_distinct=False, name="voting_ballotpaper_one_per_area"
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="voting_ballotpaper_number_is_positive"),
            models.CheckConstraint(
                condition=Q(budget_minor__gt=0), name="voting_ballotpaper_budget_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(ballot_budget_minor=None) | Q(ballot_budget_minor__gt=0),
                name="voting_ballotpaper_ballot_budget_is_positive",
            ),
            models.CheckConstraint(
                condition=~Q(kind="knapsack") | Q(ballot_budget_minor__isnull=False),
                name="voting_ballotpaper_knapsack_has_a_ballot_budget",
            ),
            models.CheckConstraint(
                condition=Q(max_choices=None) | (Q(max_choices__gt=0) & Q(max_choices__gte=F("min_choices"))),
                name="voting_ballotpaper_most_is_not_below_fewest",
            ),
            models.CheckConstraint(
                condition=Q(kind="cumulative", points__isnull=False, points__gt=0)
                | (~Q(kind="cumulative") & Q(points=None, points_per_project=None)),
                name="voting_ballotpaper_points_where_points_are_given",
            ),
        ]

    def __str__(self) -> str:
        return f"ballot paper {self.number} of round {self.round_id}"


class Project(models.Model):
    """A line of a ballot paper: a proposal's title and cost as they stood when the paper was drawn up."""

    paper = models.ForeignKey(BallotPaper, models.PROTECT, related_name="projects")
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="project")
    # Printed on paper ballots and shown on screen, so that the two can be compared.
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=30, unique=True)
    title = models.JSONField(validators=[validate_multilingual])
    # {"en": "…"}: a few sentences in some languages; may be empty.
    summary = models.JSONField(default=dict, blank=True)
    cost_minor = models.BigIntegerField()
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    # Empty for a project for the whole of the authority's area.
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["paper", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "number"], name="voting_project_one_per_number"),
            models.CheckConstraint(condition=Q(number__gt=0), name="voting_project_number_is_positive"),
            models.CheckConstraint(condition=Q(cost_minor__gt=0), name="voting_project_cost_is_positive"),
        ]

    def __str__(self) -> str:
        return self.code


class BallotBox(models.Model):
    """The sealed ballot of one voter, known by a tag that only the round's key can connect with a person.

    No account, no time, no serial number. Class, area and age band are what turnout is counted by; they
    are bound into the seal, so that none can be changed alone. Written by the SQL function `cast_ballot`.
    """

    pk = models.CompositePrimaryKey("round_id", "voter_tag")
    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False)
    voter_tag = models.BinaryField(max_length=32)
    # AES-GCM ciphertext; empty for a person who has voted on paper.
    sealed = models.BinaryField(null=True, blank=True)
    channel = models.CharField(max_length=8, choices=Channel)
    participation = models.CharField(max_length=10, choices=Participation)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    # Where a person who votes on paper was marked; empty for every sealed ballot.
    desk = models.ForeignKey(
        "PaperDesk", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    # How often it was cast: 1, and 1 more for each replacement.
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=False) | Q(channel="paper"),
                name="voting_ballotbox_only_paper_marks_are_empty",
            ),
            models.CheckConstraint(condition=Q(revision__gt=0), name="voting_ballotbox_revision_is_positive"),
            models.CheckConstraint(
                condition=Q(desk=None) | Q(sealed=None, channel="paper"),
                name="voting_ballotbox_desks_mark_paper_only",
            ),
        ]
        indexes: ClassVar = [
            # Marks of a desk, counted at each paper ballot that is keyed there.
            models.Index(
                fields=["desk"], condition=Q(desk__isnull=False), name="voting_ballotbox_marks_of_desk"
            ),
        ]

    def __str__(self) -> str:
        return f"sealed ballot of round {self.round_id}"


class CastEvent(models.Model):
    """An entry of the public log: a ballot was cast or replaced. Append-only, but for its place."""

    class Kind(models.TextChoices):
        CAST = "cast", _("cast")
        REPLACE = "replace", _("replaced")

    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False)
    # Derived from the receipt code; unique, so that a repeated request is recognised.
    log_ref = models.BinaryField(max_length=32)
    commitment = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=7, choices=Kind)
    # The day in the round's time zone: the receipt names it, and a receipt asked for again is the same.
    recorded_on = models.DateField()
    leaf_index = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "log_ref"], name="voting_castevent_one_per_receipt"),
            models.UniqueConstraint(fields=["round", "leaf_index"], name="voting_castevent_one_per_leaf"),
            models.CheckConstraint(
                condition=Q(leaf_index=None) | Q(leaf_index__gte=0),
                name="voting_castevent_leaf_is_not_negative",
            ),
        ]
        indexes: ClassVar = [
            # What the sequencer has still to number.
            models.Index(fields=["round"], condition=Q(leaf_index=None), name="voting_castevent_unnumbered"),
        ]

    def __str__(self) -> str:
        return f"log entry of round {self.round_id}"


class Checkpoint(models.Model):
    """How far the log had come: so many entries, their root, signed. Append-only; sizes only grow."""

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
            models.UniqueConstraint(fields=["round", "size"], name="voting_checkpoint_one_per_size"),
            models.CheckConstraint(condition=Q(size__gte=0), name="voting_checkpoint_size_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"checkpoint {self.size} of round {self.round_id}"


class LogNode(models.Model):
    """The hash over 256 ** level neighbouring entries of a log: a whole tile's. Append-only.

    With them a proof or a tile reads a few hundred rows at most, however long the log is.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField()
    # Which of its level: 0, 1, … from the left.
    place = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "level", "place"], name="voting_lognode_one_per_place"),
            models.CheckConstraint(
                condition=Q(level__gt=0, place__gte=0), name="voting_lognode_is_above_the_entries"
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
    participation = models.CharField(max_length=10, choices=Participation)
    # Keyed from paper: it has a random reference, no receipt and no entry in the log.
    is_paper = models.BooleanField(default=False, db_default=False)

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
        ]

    def __str__(self) -> str:
        return f"tally of paper {self.paper_id}, {self.scope}"


class Approval(models.Model):
    """Two officials' consent to one step of the close: the second is never the first."""

    class Step(models.TextChoices):
        CERTIFY = "certify", _("certify the result")
        PUBLISH = "publish", _("publish the ballots")
        DESTROY_KEY = "destroy_key", _("destroy the key")

    round = models.ForeignKey(Round, models.PROTECT, related_name="approvals")
    step = models.CharField(max_length=11, choices=Step)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["requested_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "step"], name="voting_approval_one_per_step"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("requested_by")),
                name="voting_approval_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="voting_approval_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} of round {self.round_id}"


class PaperDesk(models.Model):
    """A place where people vote on paper: there they are marked, and there the papers are collected."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="paper_desks")
    name = models.CharField(max_length=80)
    # When a clerk declared, after the vote, that every paper of this desk lies in a finished batch.
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "name"], name="voting_paperdesk_one_per_name"),
            models.CheckConstraint(condition=~Q(name=""), name="voting_paperdesk_has_a_name"),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="voting_paperdesk_is_settled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WithdrawnMark(models.Model):
    """That a paper mark was taken back, and why; not whose it was. Append-only."""

    desk = models.ForeignKey(PaperDesk, models.PROTECT, related_name="withdrawn_marks")
    reason = models.CharField(max_length=200)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The start of the transaction that took the mark out of the box: the box asks for this row.
    withdrawn_at = models.DateTimeField(db_default=TransactionNow())

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="voting_withdrawnmark_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"mark withdrawn at desk {self.desk_id}"


class PaperBatch(models.Model):
    """A counted stack of paper ballots of one kind of voter, keyed twice by two clerks who must agree."""

    class State(models.TextChoices):
        DECLARED = "declared", _("Being keyed for the first time")
        KEYED_ONCE = "keyed_once", _("Being keyed for the second time")
        DIFFERS = "differs", _("The two keyings differ")
        AGREED = "agreed", _("Both keyings agree")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    round = models.ForeignKey(Round, models.PROTECT, related_name="paper_batches")
    desk = models.ForeignKey(PaperDesk, models.PROTECT, related_name="batches")
    # 1, 2, …: written on the stack.
    number = models.PositiveSmallIntegerField()
    # Whose papers they are: inside or outside is all a paper tells; "resident" stands for all inside.
    participation = models.CharField(max_length=10, choices=Participation, default=Participation.RESIDENT)
    # Where some ballot papers are for one area only: the area of those who were given these.
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
    keyed_once = models.PositiveSmallIntegerField(null=True, blank=True)
    keyed_twice = models.PositiveSmallIntegerField(null=True, blank=True)
    # Why it was withdrawn; its papers are declared again in another batch.
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "paper batches"
        ordering: ClassVar = ["round", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "number"], name="voting_paperbatch_one_per_number"),
            models.CheckConstraint(condition=Q(declared__gt=0), name="voting_paperbatch_is_not_empty"),
            models.CheckConstraint(
                condition=Q(participation__in=["resident", "outside"]),
                name="voting_paperbatch_is_inside_or_outside",
            ),
            models.CheckConstraint(
                condition=Q(second_by=None) | ~Q(second_by=F("entered_by")),
                name="voting_paperbatch_by_two_clerks",
            ),
            models.CheckConstraint(
                condition=Q(second_by=None) | Q(entered_by__isnull=False, keyed_once__isnull=False),
                name="voting_paperbatch_second_comes_second",
            ),
            models.CheckConstraint(
                condition=Q(keyed_once=None) | Q(keyed_once=F("declared"), entered_by__isnull=False),
                name="voting_paperbatch_keyed_as_declared",
            ),
            models.CheckConstraint(
                condition=Q(keyed_twice=None) | Q(keyed_twice=F("keyed_once"), second_by__isnull=False),
                name="voting_paperbatch_keyings_agree",
            ),
            models.CheckConstraint(
                condition=Q(state="agreed", keyed_twice__isnull=False)
                | (~Q(state="agreed") & Q(keyed_twice=None)),
                name="voting_paperbatch_agreed_is_keyed_twice",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(reason=""),
                name="voting_paperbatch_withdrawn_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"paper batch {self.number} of round {self.round_id}"


class KeyedBallot(models.Model):
    """What one clerk read off one paper, sealed until the count. Replaced when keyed again, never removed."""

    class Keying(models.IntegerChoices):
        FIRST = 1, _("first keying")
        SECOND = 2, _("second keying")

    class Invalid(models.TextChoices):
        """Why a paper is no ballot. What follows from its choices is checked; see `voting.keyed`."""

        OVER_BUDGET = "over_budget", _("More money or points than allowed")
        TOO_MANY = "too_many", _("More projects than allowed")
        BLANK = "blank", _("Nothing chosen, which this vote does not allow")
        UNREADABLE = "unreadable", _("It cannot be read what was chosen")
        IDENTIFYING = "identifying", _("Something on it tells who the voter is")
        OTHER = "other", _("Another reason")

    batch = models.ForeignKey(PaperBatch, models.PROTECT, related_name="ballots")
    # 1, 2, …: its place in the stack.
    sequence = models.PositiveSmallIntegerField()
    keying = models.PositiveSmallIntegerField(choices=Keying)
    # Choices and validity under the round's key, and a keyed hash of them: equal for equal contents of one
    # paper, so that the database compares the keyings without being able to read them.
    sealed = models.BinaryField()
    fingerprint = models.BinaryField(max_length=32)
    invalid = models.CharField(max_length=11, choices=Invalid, blank=True)
    # Which other reason it is.
    note = models.CharField(max_length=120, blank=True)
    keyed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # 1, and 1 more each time it is keyed again.
    revision = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["batch", "sequence", "keying"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "sequence", "keying"], name="voting_keyedballot_once_a_keying"
            ),
            models.CheckConstraint(
                condition=Q(sequence__gt=0), name="voting_keyedballot_sequence_is_positive"
            ),
            models.CheckConstraint(condition=Q(keying__in=[1, 2]), name="voting_keyedballot_first_or_second"),
            models.CheckConstraint(
                condition=Q(
                    invalid__in=["", "over_budget", "too_many", "blank", "unreadable", "identifying", "other"]
                ),
                name="voting_keyedballot_reason_is_known",
            ),
            models.CheckConstraint(
                condition=Q(invalid="other") & ~Q(note="") | (~Q(invalid="other") & Q(note="")),
                name="voting_keyedballot_other_reason_is_told",
            ),
        ]

    def __str__(self) -> str:
        return f"ballot {self.sequence} of paper batch {self.batch_id}"


class Extension(models.Model):
    """That voting closes later than the frozen rules say: asked for by one official, approved by another.

    The only way in which the database lets the closing time of a frozen vote change; see migration
    `0007_extension_guards`. The rules and their hash stay as they were; this stands beside them.
    """

    round = models.ForeignKey(Round, models.PROTECT, related_name="extensions")
    closes_before = models.DateTimeField()
    closes_at = models.DateTimeField()
    # Announced to voters as it stands, in the authority's language.
    reason = models.CharField(max_length=500)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["requested_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round"], condition=Q(approved_by=None), name="voting_extension_one_waits"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("closes_before")), name="voting_extension_closes_later"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="voting_extension_has_a_reason"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("requested_by")),
                name="voting_extension_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_at=None)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="voting_extension_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"extension of round {self.round_id} to {self.closes_at:%Y-%m-%d %H:%M}"
