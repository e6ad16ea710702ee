"""Texts that a service desk submitted on behalf of people."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.db.constraints import both_or_neither
from identity.fields import SealedTextField
from identity.verification.models import Person


class AssistedSubmission(models.Model):
    """A text submitted by a service desk on behalf of a person at the desk, with their consent.

    The text is the person's: their limits, their age group, their account if they have one. The clerk is kept
    on record and shown to nobody outside the service desk.
    """

    class Consent(models.TextChoices):
        SPOKEN = "spoken", _("verbally, after it was read out")
        SIGNED = "signed", _("in writing, on a form that the authority keeps")
        COMPANION = "companion", _("through an accompanying person")

    person = models.ForeignKey(Person, models.PROTECT, related_name="assistances")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    # The wording they agreed to: `services.assisted.CONSENT_VERSION`, and the privacy notice then in force.
    consent_version = models.PositiveSmallIntegerField()
    privacy_version = models.PositiveSmallIntegerField()
    consent = models.CharField(max_length=9, choices=Consent)
    # Old age or disability, without saying which: queues put the text first.
    has_priority = models.BooleanField(default=False)
    # Contact of a person without an account: a phone number or an address.
    contact = SealedTextField(max_length=200, blank=True, purpose="where an answer is to go")
    # The time as of which the service desk passed on the outcome of the text.
    notified_at = models.DateTimeField(null=True, blank=True)
    notified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(consent="") & Q(consent_version__gte=1, privacy_version__gte=1),
                name="proposals_assistedsubmission_is_agreed_to",
            ),
            models.CheckConstraint(
                condition=both_or_neither("notified_at", "notified_by"),
                name="proposals_assistedsubmission_notified_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            # The texts that a clerk submitted in a day.
            models.Index(fields=["submitted_by", "-submitted_at"], name="proposals_assisted_by"),
        ]

    def __str__(self) -> str:
        return f"assistance {self.pk}"
