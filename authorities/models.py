"""Public bodies that hold rounds, with their departments, categories, reasons, settings and logo."""

from datetime import date, datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import NullIf

from authorities.ballot_marks import BallotMark
from authorities.reasons import LEAST_EXPLANATION, Serves
from core.days import day_in
from core.db.constraints import References
from core.multilingual import validate_multilingual
from places.models import Area


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
    # The platform's name here, by language; empty for its own name.
    platform_name = models.JSONField(default=dict, blank=True)
    # Its colour, #rrggbb; empty for the platform's own.
    accent = models.CharField(max_length=7, blank=True)
    # SHA-256 of the logo, which names it in addresses; empty without one.
    logo_hash = models.CharField(max_length=64, blank=True)
    # The authority that continues its open work since it was dissolved; empty until then.
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "authorities"
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(accent="") | Q(accent__regex="^#[0-9a-f]{6}$"),
                name="authorities_authority_accent_is_a_colour",
            ),
            models.CheckConstraint(
                condition=Q(successor=None, ended_on=None)
                | (Q(successor__isnull=False, ended_on__isnull=False) & ~Q(successor=F("pk"))),
                name="authorities_authority_ended_has_another_successor",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def ids_in_charge(self) -> list[int]:
        """The ids of the authorities whose officials act here: its own, and its successor's once it has
        ended.
        """
        return [self.pk] if self.successor_id is None else [self.pk, self.successor_id]

    def today(self, now: datetime) -> date:
        """Return the day `now` falls on in the authority's own time zone."""
        return day_in(self.time_zone, now)


class Logo(models.Model):
    """An authority's picture, rewritten as PNG when it was uploaded.

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
            models.UniqueConstraint(fields=["authority", "slug"], name="authorities_department_one_per_slug"),
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
            models.UniqueConstraint(fields=["authority", "slug"], name="authorities_category_one_per_slug"),
        ]

    def __str__(self) -> str:
        return self.slug


class ReasonCode(models.Model):
    """The code of a reason for a no in some authority. It means the same everywhere and is never removed."""

    code = models.CharField(max_length=30, primary_key=True)

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(code__regex="^[a-z][a-z0-9_]*$"), name="authorities_reasoncode_is_plain"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Reason(models.Model):
    """An authority's reason for a no, in its own words.

    A retired reason stays for the decisions that gave it.
    """

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="reasons")
    code = models.ForeignKey(ReasonCode, models.PROTECT, db_column="code", related_name="+")
    text = models.JSONField(validators=[validate_multilingual])
    # Values of `reasons.Serves`.
    serves = ArrayField(models.CharField(max_length=13))
    position = models.PositiveSmallIntegerField(default=0)
    # If it can still be given.
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "code"], name="authorities_reason_one_per_code"),
            models.CheckConstraint(
                condition=Q(serves__len__gt=0, serves__contained_by=[str(each) for each in Serves]),
                name="authorities_reason_serves_something_known",
            ),
        ]

    def __str__(self) -> str:
        return self.code_id


class Track(models.Model):
    """A kind of proposal, by the call it answers, in the authority's own words."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="tracks")
    code = models.CharField(max_length=30)
    text = models.JSONField(validators=[validate_multilingual])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "code"], name="authorities_track_one_per_code"),
            models.CheckConstraint(
                condition=Q(code__regex="^[a-z][a-z0-9_]*$"), name="authorities_track_code_is_plain"
            ),
        ]

    def __str__(self) -> str:
        return self.code


def reason_code() -> models.GeneratedField:
    """Return the column that repeats `ground` for the database to check: NULL if there is no reason."""
    return models.GeneratedField(
        expression=NullIf(F("reason"), Value("")),
        output_field=models.CharField(max_length=30),
        db_persist=True,
    )


def known_reason(table: str) -> References:
    """Return the constraint that `reason_code` of a table is a known reason code."""
    return References(field="reason_code", to="authorities.ReasonCode", name=f"{table}_reason_is_known")


class AuthoritySettings(models.Model):
    """An authority's policies: how long things take, how many may wait, how ballots are marked.

    An authority without a row goes by the defaults.
    """

    authority = models.OneToOneField(Authority, models.PROTECT, primary_key=True, related_name="settings")
    # Days a department has, from the assignment or, if that is later, from the opening of the review.
    review_days = models.PositiveSmallIntegerField(default=14)
    # Days within which an author has an answer of the moderators; half of them within one is the aim.
    answer_days = models.PositiveSmallIntegerField(default=3)
    # Minutes for which a moderator holds a text, so that no colleague works on it.
    claim_minutes = models.PositiveSmallIntegerField(default=30)
    # Drafts of one author in a round.
    most_drafts = models.PositiveSmallIntegerField(default=20)
    # Of one person, waiting to be screened at the same time. Proposals: through a service desk.
    most_proposals_waiting = models.PositiveSmallIntegerField(default=3)
    most_comments_waiting = models.PositiveSmallIntegerField(default=10)
    # Texts that one clerk writes down within a day: by default every ten minutes of a working day.
    most_assisted_a_day = models.PositiveSmallIntegerField(default=48)
    # Characters that the explanation of a no must have.
    shortest_explanation = models.PositiveSmallIntegerField(default=20)
    # A code of `ballot_marks.BallotMark`; empty for the mark that is usual in the country.
    ballot_mark = models.CharField(
        max_length=6, blank=True, default="", choices=[(each.value, each.value) for each in BallotMark]
    )

    class Meta:
        verbose_name_plural = "authority settings"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    review_days__range=(1, 365),
                    answer_days__range=(1, 90),
                    claim_minutes__range=(5, 1440),
                    most_drafts__range=(1, 1000),
                    most_proposals_waiting__range=(1, 1000),
                    most_comments_waiting__range=(1, 1000),
                    most_assisted_a_day__range=(1, 1000),
                    shortest_explanation__range=(LEAST_EXPLANATION, 500),
                    ballot_mark__in=["", *BallotMark],
                ),
                name="authorities_authoritysettings_are_sensible",
            ),
        ]

    def __str__(self) -> str:
        return f"settings of {self.authority_id}"


# The names of what can be set.
SETTINGS = tuple(field.name for field in AuthoritySettings._meta.fields if not field.primary_key)
