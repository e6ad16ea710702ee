"""The rounds that authorities hold, in phases, and who may do what in them."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from authorities.models import Authority
from core.days import day_in
from core.multilingual import validate_multilingual


class Residency(models.TextChoices):
    """A person's connection to a round's area. Stored per act, since people move."""

    RESIDENT = "resident", _("resident")
    AFFILIATE = "affiliate", _("works or studies here")
    OUTSIDE = "outside", _("lives outside the area")


class Act(models.TextChoices):
    """An act of a person in a round."""

    PROPOSE = "propose", _("propose")
    COMMENT = "comment", _("comment")
    SUPPORT = "support", _("support")
    VOTE = "vote", _("vote")


class RoundQuerySet(QuerySet["Round"]):
    def published(self) -> Self:
        return self.filter(published_at__isnull=False)

    def at(self, authority_slug: str, round_slug: str) -> Self:
        """Keep the published round with this address, its authority and area loaded with it."""
        return (
            self.published()
            .filter(authority__slug=authority_slug, slug=round_slug)
            .select_related("authority__area")
        )


# Parts of addresses after an authority, or after a round in old addresses: no round can have these names.
_WORDS_IN_ADDRESSES = ("ballots", "desk", "log", "proposals", "report", "results", "verify")


class Round(models.Model):
    """One run of the process, with one budget. Its slug and its prefix are its own within its authority."""

    class Rounding(models.TextChoices):
        TRUNCATE = "truncate", _("truncated")
        HALF_UP = "half_up", _("rounded")

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="rounds")
    slug = models.SlugField(max_length=60)
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
    # Codes of submitted proposals: the prefix, then a number of four digits or more. Prefixes do not end in a
    # digit, so the start of a number is unambiguous: two rounds of an authority share no code.
    proposal_prefix = models.CharField(max_length=20)
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
            models.UniqueConstraint(fields=["authority", "slug"], name="rounds_round_one_per_slug"),
            models.UniqueConstraint(
                fields=["authority", "proposal_prefix"], name="rounds_round_one_per_prefix"
            ),
            models.CheckConstraint(
                condition=~Q(slug__in=_WORDS_IN_ADDRESSES), name="rounds_round_slug_is_no_word_in_addresses"
            ),
            models.CheckConstraint(
                condition=Q(proposal_prefix__regex=r"[^0-9]$"), name="rounds_round_prefix_ends_before_digits"
            ),
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

    @property
    def full_slug(self) -> str:
        """The round's unique name on the site: "gangnam/2027". Reads the authority."""
        return f"{self.authority.slug}/{self.slug}"

    @property
    def file_stem(self) -> str:
        """The prefix of names of downloaded files: "gangnam-2027". Reads the authority."""
        return f"{self.authority.slug}-{self.slug}"


class PhaseQuerySet(QuerySet["Phase"]):
    def open_at(self, now: datetime) -> Self:
        return self.filter(opens_at__lte=now, closes_at__gt=now)


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
    """Eligibility for one act in a round: a residency class, from an age, with an assurance.

    Acts that no row allows are not allowed: nobody can act in a round without entitlements.
    """

    round = models.ForeignKey(Round, models.CASCADE, related_name="entitlements")
    act = models.CharField(max_length=8, choices=Act)
    residency = models.CharField(max_length=10, choices=Residency)
    # 1: a confirmed phone or letter. 2: a register or a service desk. 3: a state digital identity.
    assurance = models.PositiveSmallIntegerField(default=1)
    from_age = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round", "act", "residency"], name="rounds_entitlement_one_per_act_and_residency"
            ),
            models.CheckConstraint(
                condition=Q(assurance__gte=1, assurance__lte=3), name="rounds_entitlement_assurance_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.residency} may {self.act}"
