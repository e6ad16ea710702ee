"""Verification: routes, registers, codes, and requests for help if none of them works."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from authorities.models import Authority
from identity.fields import SealedTextField
from identity.verification.models.persons import AgeGroup
from places.models import Area
from rounds.models import Residency


class VerificationRoute(models.Model):
    """A way in which an authority lets people show who they are."""

    class Method(models.TextChoices):
        PHONE = "phone", _("a code sent to your phone")
        REGISTER = "register", _("the authority's register, and a code sent to the phone it knows")
        LETTER = "letter", _("a code from a letter sent to you")
        PROVIDER = "provider", _("your government digital identity")
        DESK = "desk", _("the service desk")

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="verification_routes")
    method = models.CharField(max_length=8, choices=Method)
    # The provider, if the authority accepts several.
    slug = models.SlugField(blank=True)
    name = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_open = models.BooleanField(default=True)
    # For a provider: what it gives where `acr_assurance` says nothing else.
    assurance = models.PositiveSmallIntegerField()
    # The deadline for verifying again.
    valid_days = models.PositiveSmallIntegerField(default=730)
    # OpenID Connect. The secret is in the key directory, `provider-<authority>-<slug>.secret`.
    issuer = models.URLField(blank=True)
    client_id = models.CharField(max_length=200, blank=True)
    scope = models.CharField(max_length=100, default="openid", blank=True)
    # The claim that names the person, lasting and the same for everybody who asks.
    subject_claim = models.CharField(max_length=40, default="sub", blank=True)
    # The claim with the level of assurance ("acr", "ial"), and which of its values gives which level:
    # {"2.3": 3}. With a mapping, other values are refused.
    acr_claim = models.CharField(max_length=40, default="acr", blank=True)
    acr_assurance = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["authority", "method", "slug"], name="verification_route_one_per_method"
            ),
            models.CheckConstraint(
                condition=Q(assurance__gte=1, assurance__lte=3), name="verification_route_assurance_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(method="provider") | (~Q(issuer="") & ~Q(client_id="") & ~Q(slug="")),
                name="verification_route_provider_is_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.slug}".strip()


class RegisterEntry(models.Model):
    """A row of an authority's register, hashed when it was loaded: nobody can be read out of it."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="register_entries")
    hmac = models.BinaryField(max_length=32)
    phone_hmac = models.BinaryField(max_length=32, null=True, blank=True)
    residency = models.CharField(max_length=10, choices=Residency)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+")
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    # A code sent by post.
    letter_hmac = models.BinaryField(max_length=32, null=True, blank=True, unique=True)
    letter_expires_at = models.DateTimeField(null=True, blank=True)
    letter_used_at = models.DateTimeField(null=True, blank=True)
    loaded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "register entries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "hmac"], name="verification_register_entry_once"),
        ]

    def __str__(self) -> str:
        return f"register entry {self.pk}"


class Challenge(models.Model):
    """A code sent to a phone, for one account or one visitor, and what will be recorded when it comes back.

    A visitor's is known to their browser alone, counts its own failures, and goes when it is redeemed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    # The network of a visitor without an account, hashed: codes are counted by it.
    network_hmac = models.BinaryField(max_length=32, null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    route = models.ForeignKey(VerificationRoute, models.CASCADE, related_name="+")
    phone_hmac = models.BinaryField(max_length=32)
    code_hmac = models.BinaryField(max_length=32)
    # For the register route: what was typed, hashed; compared when the code comes back, so that the
    # answer to typing it is the same whether or not the register knows it.
    entry_hmac = models.BinaryField(max_length=32, null=True, blank=True)
    residency = models.CharField(max_length=10, choices=Residency)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            # The latest code of an account, and how many were sent to it or to a phone in a day.
            models.Index(fields=["account", "-sent_at"], name="verification_codes_of_account"),
            models.Index(fields=["phone_hmac", "-sent_at"], name="verification_codes_of_phone"),
            # The number of codes sent to visitors of one network in an hour.
            models.Index(fields=["network_hmac", "-sent_at"], name="verification_codes_of_network"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(account__isnull=False, network_hmac=None)
                | Q(account=None, network_hmac__isnull=False),
                name="verification_challenge_of_an_account_or_a_visitor",
            ),
        ]

    def __str__(self) -> str:
        return f"challenge {self.pk}"


class FailedAttempt(models.Model):
    """A wrong code or a refusal, counted against the account that tried, never against its victim."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+")
    failed_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "authority", "-failed_at"], name="verification_attempts"),
        ]

    def __str__(self) -> str:
        return f"failed attempt {self.pk}"


class VerificationAppeal(models.Model):
    """A request for help by a person who could not verify their identity."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+")
    # People write there what they should not.
    text = SealedTextField(max_length=1000, purpose="appeal")
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = SealedTextField(max_length=1000, blank=True, purpose="answer to an appeal")

    class Meta:
        ordering: ClassVar = ["made_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "authority"],
                condition=Q(answered_at=None),
                name="verification_appeal_one_open",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | (~Q(answer="") & Q(answered_by__isnull=False)),
                name="verification_appeal_answered_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("account")),
                name="verification_appeal_not_answered_by_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk}"
