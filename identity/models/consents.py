"""Texts that people agree to, and that they agreed."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Policy(models.Model):
    """A version of a text that people agree to before they take part. The latest number is in force.

    A new version is published where what it says changes; everybody is then asked again.
    """

    class Kind(models.TextChoices):
        TERMS = "terms", _("terms of use")
        PRIVACY = "privacy", _("privacy notice")

    kind = models.CharField(max_length=8, choices=Kind)
    number = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField()
    # The changes in it, in a few sentences per language; empty for the first version.
    changes = models.JSONField(default=dict, blank=True)
    # The site's own text per language; empty if the platform's applies.
    text = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "policies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "number"], name="identity_policy_numbered_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="identity_policy_numbered_from_one"),
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(changes={}), name="identity_policy_later_says_what_changed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Consent(models.Model):
    """Consent of an account, or a browser, to one version of something, and its withdrawal.

    A browser is identified by a random number in a cookie, which exists only if it agreed to more than
    necessary cookies.
    """

    class Purpose(models.TextChoices):
        TERMS = "terms", _("terms of use")
        PRIVACY = "privacy", _("privacy notice")
        PERFORMANCE = "performance", _("performance cookies")
        TARGETING = "targeting", _("targeting cookies")

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="consents"
    )
    visitor = models.UUIDField(null=True, blank=True)
    purpose = models.CharField(max_length=12, choices=Purpose)
    version = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["given_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(account__isnull=False, visitor=None) | Q(account=None, visitor__isnull=False),
                name="identity_consent_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("given_at")),
                name="identity_consent_withdrawn_after_given",
            ),
            models.UniqueConstraint(
                fields=["account", "purpose", "version"],
                condition=Q(withdrawn_at=None, account__isnull=False),
                name="identity_consent_of_account_once",
            ),
            models.UniqueConstraint(
                fields=["visitor", "purpose", "version"],
                condition=Q(withdrawn_at=None, visitor__isnull=False),
                name="identity_consent_of_visitor_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"
