"""Authorities, the places they serve, and the rounds they hold."""

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from core.days import day_in
from rounds.multilingual import validate_multilingual
from rounds.querysets import AreaQuerySet, PhaseQuerySet, RoundQuerySet


class Participation(models.TextChoices):
    """How a person belongs to the area a round is for. Stored per act, since people move."""

    RESIDENT = "resident", _("resident")
    AFFILIATE = "affiliate", _("works or studies here")
    OUTSIDE = "outside", _("from outside the area")


class Act(models.TextChoices):
    """What a person can do in a round."""

    PROPOSE = "propose", _("propose")
    COMMENT = "comment", _("comment")
    SUPPORT = "support", _("support")
    VOTE = "vote", _("vote")


class Area(models.Model):
    """A place in an administrative tree of any depth, valid between two dates."""

    country = models.CharField(max_length=2)
    code = models.CharField(max_length=20)
    # What this tier calls such a place: city, gu, dong, province, commune, tambon, …
    kind = models.CharField(max_length=20)
    name = models.JSONField(validators=[validate_multilingual])
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    # Country and codes from the root down to this area, each followed by a dot: "KR.11.11680.";
    # `within()` compares prefixes. An area that takes over a code keeps its place in the tree.
    path = models.CharField(max_length=200)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["country", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "code", "kind", "valid_from"],
                name="rounds_area_one_per_code_and_start",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_from=None) | Q(valid_from__lt=F("valid_until")),
                name="rounds_area_starts_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(path__endswith=Concat(F("code"), Value("."))),
                name="rounds_area_path_ends_in_its_code",
            ),
        ]
        indexes: ClassVar = [
            # `within()`: prefix comparison of paths.
            models.Index(fields=["path"], name="rounds_area_path_prefix", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.code}"

    def exists_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )

    @property
    def is_country(self) -> bool:
        """Whether this is the whole country: its authority is the centre."""
        return self.path == f"{self.country}."


class Succession(models.Model):
    """That one area took another's place: a renaming, a merger or a split, seen one pair at a time."""

    predecessor = models.ForeignKey(Area, models.PROTECT, related_name="later")
    successor = models.ForeignKey(Area, models.PROTECT, related_name="earlier")
    on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="rounds_succession_once"),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")), name="rounds_succession_not_of_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"


class Authority(models.Model):
    """A public body that holds rounds: a district, a municipality, a commune."""

    slug = models.SlugField(unique=True)
    name = models.JSONField(validators=[validate_multilingual])
    area = models.ForeignKey(Area, models.PROTECT, related_name="authorities")
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=40)
    # The language its own documents are in; the interface follows the reader.
    language = models.CharField(max_length=5)
    # Shown in the footer: an address of the office people can write to.
    contact = models.CharField(max_length=200, blank=True)
    # What the platform is called here, per language; empty for its own name.
    platform_name = models.JSONField(default=dict, blank=True)
    # Its colour, #rrggbb; empty for the platform's own.
    accent = models.CharField(max_length=7, blank=True)
    # SHA-256 of the logo, which names it in addresses; empty without one.
    logo_hash = models.CharField(max_length=64, blank=True)
    # Who carries its open work on since the day it ceased to exist; empty while it does.
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "authorities"
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(accent="") | Q(accent__regex="^#[0-9a-f]{6}$"),
                name="rounds_authority_accent_is_a_colour",
            ),
            models.CheckConstraint(
                condition=Q(successor=None, ended_on=None)
                | (Q(successor__isnull=False, ended_on__isnull=False) & ~Q(successor=F("pk"))),
                name="rounds_authority_ended_has_another_successor",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def ids_in_charge(self) -> list[int]:
        """The ids of the authorities whose officials act here: its own and, once ended, its successor's."""
        return [self.pk] if self.successor_id is None else [self.pk, self.successor_id]

    def today(self, now: datetime) -> date:
        """Return the day `now` falls on in the authority's own time zone."""
        return day_in(self.time_zone, now)


class Logo(models.Model):
    """An authority's picture, written anew as PNG when it was uploaded.

    Apart from the authority, since pages need only its name.
    """

    authority = models.OneToOneField(Authority, models.CASCADE, primary_key=True, related_name="logo")
    png = models.BinaryField()

    def __str__(self) -> str:
        return f"logo of {self.authority_id}"


class Department(models.Model):
    """A part of an authority that reviews proposals."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="departments")
    slug = models.SlugField()
    name = models.JSONField(validators=[validate_multilingual])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "slug"], name="rounds_department_one_per_slug"),
        ]

    def __str__(self) -> str:
        return self.slug


class Category(models.Model):
    """A field of life that proposals are sorted into, with the department that reviews it."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="categories")
    slug = models.SlugField()
    name = models.JSONField(validators=[validate_multilingual])
    position = models.PositiveSmallIntegerField(default=0)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="categories"
    )

    class Meta:
        verbose_name_plural = "categories"
        ordering: ClassVar = ["position", "slug"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "slug"], name="rounds_category_one_per_slug"),
        ]

    def __str__(self) -> str:
        return self.slug


class Round(models.Model):
    """One run of the process, with one budget."""

    class Rounding(models.TextChoices):
        TRUNCATE = "truncate", _("cut off")
        HALF_UP = "half_up", _("rounded half up")

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="rounds")
    slug = models.SlugField(unique=True, max_length=60)
    title = models.JSONField(validators=[validate_multilingual])
    summary = models.JSONField(validators=[validate_multilingual])
    # A sentence shown on each of the round's pages: synthetic data, a pilot, an imported record.
    notice = models.JSONField(default=dict, blank=True)
    fiscal_year = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    budget_minor = models.BigIntegerField()
    # The announcement says "about": the figure is shown with that word.
    budget_is_approximate = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=40)
    # Codes of submitted proposals: the prefix, then a number of four digits or more.
    proposal_prefix = models.CharField(max_length=20, unique=True)
    n_submitted = models.PositiveIntegerField(default=0)
    # Reflection rate by number of proposals that the authority aims at, in percent.
    target_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    rate_decimals = models.PositiveSmallIntegerField(default=1)
    rate_rounding = models.CharField(max_length=10, choices=Rounding, default=Rounding.TRUNCATE)
    published_at = models.DateTimeField(null=True, blank=True)
    # A round that was held elsewhere and loaded from records; its pages say so. Set at creation only.
    is_imported = models.BooleanField(default=False)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-fiscal_year", "slug"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(budget_minor__gt=0), name="rounds_round_budget_is_positive"),
            models.CheckConstraint(
                condition=Q(target_percent=None) | Q(target_percent__gt=0, target_percent__lte=100),
                name="rounds_round_target_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(rate_decimals__lte=4), name="rounds_round_rate_has_few_decimals"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def today(self, now: datetime) -> date:
        """Return the day `now` falls on in the round's own time zone."""
        return day_in(self.time_zone, now)


class Phase(models.Model):
    """A dated part of a round. Open from `opens_at` (included) to `closes_at` (excluded)."""

    class Kind(models.TextChoices):
        SUBMISSION = "submission", _("submission")
        REVIEW = "review", _("review")
        VOTING = "voting", _("voting")
        DECISION = "decision", _("decision")

    round = models.ForeignKey(Round, models.CASCADE, related_name="phases")
    kind = models.CharField(max_length=12, choices=Kind)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    objects = PhaseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["opens_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "kind"], name="rounds_phase_one_of_each_kind"),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")), name="rounds_phase_opens_before_it_closes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.opens_at:%Y-%m-%d}–{self.last_moment:%Y-%m-%d}"

    def is_open(self, now: datetime) -> bool:
        return self.opens_at <= now < self.closes_at

    def has_closed(self, now: datetime) -> bool:
        return self.closes_at <= now

    @property
    def last_moment(self) -> datetime:
        """The last instant it is open: what people are shown as its end."""
        return self.closes_at - timedelta(microseconds=1)


class Entitlement(models.Model):
    """Who may do one act in a round: a class of participation, from an age, with an assurance.

    What no row allows is not allowed: a round without entitlements is one nobody can act in.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="entitlements")
    act = models.CharField(max_length=8, choices=Act)
    participation = models.CharField(max_length=10, choices=Participation)
    # 1: a confirmed phone or letter. 2: a register or a service desk. 3: a state digital identity.
    assurance = models.PositiveSmallIntegerField(default=1)
    from_age = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round", "act", "participation"], name="rounds_entitlement_one_per_act_and_class"
            ),
            models.CheckConstraint(
                condition=Q(assurance__gte=1, assurance__lte=3), name="rounds_entitlement_assurance_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participation} may {self.act}"
