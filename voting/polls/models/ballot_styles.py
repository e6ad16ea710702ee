"""A round's vote and the papers it is held on."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from authorities.models import Category
from core.multilingual import validate_multilingual
from places.models import Area
from proposals.models import Proposal
from rounds.models import Round
from voting.polls.keys import RoundKey, round_key

_SHA256_OF_RULES = Func(
    Func("rules", Value("UTF8"), function="convert_to", output_field=models.BinaryField()),
    function="sha256",
    output_field=models.BinaryField(),
)


class PollQuerySet(QuerySet["Poll"]):
    def due_to_count(self, now: datetime) -> Self:
        """Keep votes whose phase is over and that have no stored result; not one that is being loaded."""
        return self.filter(
            state__in=["frozen", "closed", "reconciled"],
            is_loading=False,
            round__phases__kind="voting",
            round__phases__closes_at__lte=now,
        )

    def with_open_log(self) -> Self:
        """Keep votes whose log can still grow: ballots are cast, or it was never signed."""
        return self.filter(Q(state="frozen") | Q(round__checkpoints=None)).exclude(state="drafted")

    def published(self) -> Self:
        """Keep votes whose counted ballots are public."""
        return self.filter(state__in=["published", "key_destroyed"])


class Poll(models.Model):
    """A round's vote: its frozen rules, the name of its key, and how far its close has come."""

    class State(models.TextChoices):
        DRAFTED = "drafted", _("Setting up the ballot")
        FROZEN = "frozen", _("Rules and ballot frozen")
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
    # Facts that a receipt code proves after publication, to the voter and so to others.
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
                name="polls_poll_frozen_has_rules_and_key",
            ),
            models.CheckConstraint(
                condition=Q(is_loading=False) | Q(state="frozen"), name="polls_poll_loads_only_while_frozen"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["drafted", "frozen"], closed_at=None)
                | (~Q(state__in=["drafted", "frozen"]) & Q(closed_at__isnull=False)),
                name="polls_poll_closed_has_a_time",
            ),
            models.CheckConstraint(
                condition=Exact(Length("rules_hash"), 32), name="polls_poll_rules_hash_is_32_bytes"
            ),
            models.CheckConstraint(
                condition=Exact(Length("key_check"), 32), name="polls_poll_key_check_is_32_bytes"
            ),
            models.CheckConstraint(
                condition=Q(rules_hash=None) | Q(rules_hash=_SHA256_OF_RULES),
                name="polls_poll_rules_hash_is_of_the_rules",
            ),
        ]

    def __str__(self) -> str:
        return f"vote of round {self.round_id}: {self.state}"

    @property
    def is_frozen(self) -> bool:
        """Return whether voters can rely on the rules: true from freezing on, forever."""
        return self.state != self.State.DRAFTED

    @property
    def is_published(self) -> bool:
        """Return whether the counted ballots are public."""
        return self.state in (self.State.PUBLISHED, self.State.KEY_DESTROYED)

    @property
    def key(self) -> RoundKey:
        """The round's key, read from its file now. Raises KeyUnavailable."""
        assert self.key_name is not None
        assert self.key_check is not None
        return round_key(self.key_name, bytes(self.key_check))


class BallotStyle(models.Model):
    """A ballot style: the options of one group of voters, how to fill it in, and its budget."""

    class Kind(models.TextChoices):
        """The way a voter fills it in. Values are those of `voting.tally`."""

        APPROVAL = "approval", _("choose projects")
        KNAPSACK = "knapsack", _("spend the budget")
        CUMULATIVE = "cumulative", _("give points")
        ORDINAL = "ordinal", _("rank projects")

    round = models.ForeignKey(Round, models.PROTECT, related_name="ballot_styles")
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
    # If a ballot without choices can be cast.
    allows_blank = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["round", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "number"], name="polls_ballotstyle_one_per_number"),
            models.UniqueConstraint(
                fields=["round", "area"], nulls_distinct=False, name="polls_ballotstyle_one_per_area"
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="polls_ballotstyle_number_is_positive"),
            models.CheckConstraint(
                condition=Q(budget_minor__gt=0), name="polls_ballotstyle_budget_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(ballot_budget_minor=None) | Q(ballot_budget_minor__gt=0),
                name="polls_ballotstyle_ballot_budget_is_positive",
            ),
            models.CheckConstraint(
                condition=~Q(kind="knapsack") | Q(ballot_budget_minor__isnull=False),
                name="polls_ballotstyle_knapsack_has_a_ballot_budget",
            ),
            models.CheckConstraint(
                condition=Q(max_choices=None) | (Q(max_choices__gt=0) & Q(max_choices__gte=F("min_choices"))),
                name="polls_ballotstyle_most_is_not_below_fewest",
            ),
            models.CheckConstraint(
                condition=Q(kind="cumulative", points__isnull=False, points__gt=0)
                | (~Q(kind="cumulative") & Q(points=None, points_per_project=None)),
                name="polls_ballotstyle_points_where_points_are_given",
            ),
        ]

    def __str__(self) -> str:
        return f"ballot paper {self.number} of round {self.round_id}"


class Project(models.Model):
    """A line of a ballot paper: a proposal's title and cost as they stood when the paper was drawn up."""

    ballot_style = models.ForeignKey(BallotStyle, models.PROTECT, related_name="projects")
    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="project")
    # Printed on paper ballots and shown on screen, so that the two can be compared.
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=30)
    title = models.JSONField(validators=[validate_multilingual])
    # {"en": "…"}: a few sentences in some languages; may be empty.
    summary = models.JSONField(default=dict, blank=True)
    cost_minor = models.BigIntegerField()
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    # Empty for a project for the whole of the authority's area.
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["ballot_style", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ballot_style", "number"], name="polls_project_one_per_number"),
            models.UniqueConstraint(fields=["ballot_style", "code"], name="polls_project_one_per_code"),
            models.CheckConstraint(condition=Q(number__gt=0), name="polls_project_number_is_positive"),
            models.CheckConstraint(condition=Q(cost_minor__gt=0), name="polls_project_cost_is_positive"),
        ]

    def __str__(self) -> str:
        return self.code
