"""Areas in an administrative tree of any depth, and which area took over from which."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat

from core.multilingual import validate_multilingual


class AreaQuerySet(QuerySet["Area"]):
    def valid_on(self, day: date) -> Self:
        """Keep areas that exist on that day; a missing date means always."""
        return self.filter(
            Q(valid_from=None) | Q(valid_from__lte=day), Q(valid_until=None) | Q(valid_until__gt=day)
        )

    def within(self, area: "Area") -> Self:
        """Keep the area itself and everything below it, at any depth."""
        return self.filter(path__startswith=area.path)

    def below(self, area: "Area") -> Self:
        """Keep the areas below the area, at any depth, without the area itself."""
        return self.within(area).exclude(pk=area.pk)


class Area(models.Model):
    """A place in an administrative tree of any depth, valid between two dates."""

    country = models.CharField(max_length=2)
    code = models.CharField(max_length=20)
    # This tier's word for such a place: city, gu, dong, province, commune, tambon, …
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
                name="places_area_one_per_code_and_start",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_from=None) | Q(valid_from__lt=F("valid_until")),
                name="places_area_starts_before_it_ends",
            ),
            models.CheckConstraint(
                condition=Q(path__endswith=Concat(F("code"), Value("."))),
                name="places_area_path_ends_in_its_code",
            ),
        ]
        indexes: ClassVar = [
            # `within()`: prefix comparison of paths.
            models.Index(fields=["path"], name="places_area_path_prefix", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.code}"

    def exists_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )

    @property
    def is_country(self) -> bool:
        """Return whether this is the whole country: its authority is the centre."""
        return self.path == f"{self.country}."


class Succession(models.Model):
    """Succession: one area replaced another, by a renaming, a merger or a split, one pair at a time."""

    predecessor = models.ForeignKey(Area, models.PROTECT, related_name="later")
    successor = models.ForeignKey(Area, models.PROTECT, related_name="earlier")
    on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="places_succession_once"),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")), name="places_succession_not_of_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"
