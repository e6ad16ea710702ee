"""The human beings behind accounts, as authorities have verified them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from authorities.models import Authority
from places.models import Area
from rounds.models import Residency


class AgeGroup(models.TextChoices):
    """Coarse age bands: all that is stored of a date of birth."""

    TEENS = "14-18", _("14 to 18")
    YOUNG = "19-34", _("19 to 34")
    MIDDLE = "35-49", _("35 to 49")
    OLDER = "50-64", _("50 to 64")
    SENIOR = "65+", _("65 and over")

    @classmethod
    def at(cls, age: int) -> str:
        """Return the band of an age in years; empty below the youngest band."""
        return next((band.value for band in reversed(cls) if age >= band.from_age), "")

    @property
    def from_age(self) -> int:
        """The youngest age in the band, in years."""
        return int(self.value[:2])


class Person(models.Model):
    """A human being as one authority has verified them: at most one account, and no name.

    What identified them is kept apart, as keyed hashes (`Identity`), so that it can be removed while
    the person's acts stay countable.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="persons")
    # Empty for those who came to a service desk or were loaded from a record.
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="persons"
    )
    residency = models.CharField(max_length=10, choices=Residency)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    assurance = models.PositiveSmallIntegerField()
    verified_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["authority", "account"], name="verification_person_one_per_account"
            ),
            models.CheckConstraint(
                condition=Q(assurance__gte=1, assurance__lte=3), name="verification_person_assurance_is_known"
            ),
            models.CheckConstraint(
                condition=Q(residency="outside") | Q(area__isnull=False),
                name="verification_person_from_here_has_an_area",
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class Identity(models.Model):
    """An identifier of a person for one authority, known only as a keyed hash.

    A person can have one of each kind (a phone first, a government identity later); nobody else in the
    authority can have the same. The key is outside the database.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone number")
        REGISTER = "register", _("entry in the authority's register")
        NATIONAL = "national", _("government digital identity")
        DOCUMENT = "document", _("document shown at the service desk")

    person = models.ForeignKey(Person, models.CASCADE, related_name="identities")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    hmac = models.BinaryField(max_length=32)
    confirmed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "hmac"], name="verification_identity_one_person"),
            models.UniqueConstraint(fields=["person", "kind"], name="verification_identity_one_of_each_kind"),
            models.CheckConstraint(
                condition=Exact(Length("hmac"), 32), name="verification_identity_is_a_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of person {self.person_id}"
