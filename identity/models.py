"""Accounts, the persons behind them, and what they may do where."""

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth import get_backends
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.fields import SealedEmailField, SealedTextField
from identity.querysets import MembershipQuerySet
from identity.roles import OPERATOR, POWERFUL, Role
from rounds.models import Area, Authority, Department, Participation
from rounds.multilingual import validate_multilingual

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


class AgeGroup(models.TextChoices):
    """Coarse bands of age: all that is kept of when somebody was born."""

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


class AccountManager(BaseUserManager["Account"]):
    """Creates accounts for tests and for the command line; sign-up goes through allauth."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "Account":
        account = self.model(email=self.normalize_email(email).lower(), **fields)
        account.set_password(password)
        account.save()
        return account

    def create_superuser(self, email: str, password: str, **fields: object) -> "Account":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Account(AbstractBaseUser, PermissionsMixin):
    """Someone who can sign in. Who they are and where they belong is a Person, verified apart."""

    # Sealed, in small letters: two spellings of one address are one account.
    email = SealedEmailField(unique=True, purpose="account")
    # As others see it beside proposals and comments.
    display_name = models.CharField(max_length=60, blank=True)
    # Mail is written in it.
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    # When its holder had it erased. The row stays for what others may go on reading and counting.
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = AccountManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(is_active=False, display_name=""),
                name="identity_account_erased_is_closed_and_nameless",
            ),
        ]

    def __str__(self) -> str:
        if self.erased_at is not None:
            return gettext("former participant")
        return self.display_name or f"account {self.pk}"

    @property
    def public_name(self) -> str:
        """The name others see beside a public text."""
        if self.erased_at is not None:
            return gettext("former participant")
        return self.display_name or gettext("A resident")

    def roles_in(self, authority: Authority) -> "AbstractSet[str]":
        """Return the roles held now in an authority, or in the one that carries its work on.

        One query the first time, then none.
        """
        roles = self._roles()
        own: AbstractSet[str] = roles.get(authority.pk, frozenset())
        if authority.successor_id is None:
            return own
        return own | roles.get(authority.successor_id, frozenset())

    def holds_roles(self) -> bool:
        """Return whether the account has a role in any authority. One query the first time, then none."""
        return bool(self._roles())

    def _roles(self) -> dict[int, set[str]]:
        if not hasattr(self, "_roles_by_authority"):
            self._roles_by_authority: dict[int, set[str]] = {}
            for authority_id, role in self.memberships.in_force().values_list("authority_id", "role"):
                self._roles_by_authority.setdefault(authority_id, set()).add(role)
        return self._roles_by_authority

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Answer for one authority where `obj` is given, from roles alone; else as Django does.

        Operating the platform gives no say inside an authority beyond what `roles.OPERATOR` lists:
        whoever keeps the machines running does not screen, count or export.
        """
        if obj is None:
            return bool(super().has_perm(perm))
        if self.is_active and self.is_superuser and perm in OPERATOR:
            return True
        return any(backend.has_perm(self, perm, obj) for backend in get_backends())


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
    participation = models.CharField(max_length=10, choices=Participation)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    assurance = models.PositiveSmallIntegerField()
    verified_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "account"], name="identity_person_one_per_account"),
            models.CheckConstraint(
                condition=Q(assurance__gte=1, assurance__lte=3), name="identity_person_assurance_is_known"
            ),
            models.CheckConstraint(
                condition=Q(participation="outside") | Q(area__isnull=False),
                name="identity_person_from_here_has_an_area",
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class Identity(models.Model):
    """Something that identifies a person to one authority, known only as a keyed hash.

    A person may have one of each kind (a phone first, a state identity later); nobody else in the
    authority may have the same. The key lies outside the database.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone number")
        REGISTER = "register", _("entry in the authority's register")
        NATIONAL = "national", _("state identity")
        DOCUMENT = "document", _("document shown at a service desk")

    person = models.ForeignKey(Person, models.CASCADE, related_name="identities")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    hmac = models.BinaryField(max_length=32)
    confirmed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "hmac"], name="identity_identity_one_person"),
            models.UniqueConstraint(fields=["person", "kind"], name="identity_identity_one_of_each_kind"),
            models.CheckConstraint(condition=Exact(Length("hmac"), 32), name="identity_identity_is_a_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of person {self.person_id}"


class KeyCheck(models.Model):
    """A fingerprint of a key that lies outside the database: a node with another key refuses to work."""

    name = models.CharField(max_length=40, unique=True)
    fingerprint = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return self.name


class VerificationRoute(models.Model):
    """A way in which an authority lets people show who they are."""

    class Method(models.TextChoices):
        PHONE = "phone", _("a code sent to your phone")
        REGISTER = "register", _("the authority's register, and a code sent to the phone it knows")
        LETTER = "letter", _("a code in a letter you received")
        PROVIDER = "provider", _("your state digital identity")
        DESK = "desk", _("the service desk")

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="verification_routes")
    method = models.CharField(max_length=8, choices=Method)
    # Which provider, where the authority accepts several.
    slug = models.SlugField(blank=True)
    name = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_open = models.BooleanField(default=True)
    # For a provider: what it gives where `acr_assurance` says nothing else.
    assurance = models.PositiveSmallIntegerField()
    # Until somebody has to confirm again.
    valid_days = models.PositiveSmallIntegerField(default=730)
    # OpenID Connect. The secret lies in the key directory, `provider-<authority>-<slug>.secret`.
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
                fields=["authority", "method", "slug"], name="identity_route_one_per_method"
            ),
            models.CheckConstraint(
                condition=Q(assurance__gte=1, assurance__lte=3), name="identity_route_assurance_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(method="provider") | (~Q(issuer="") & ~Q(client_id="") & ~Q(slug="")),
                name="identity_route_provider_is_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.slug}".strip()


class SignInProvider(models.Model):
    """An OpenID Connect provider that people may sign in to their account with.

    It says which account, never who somebody is: that is a VerificationRoute's. The secret lies in the
    key directory, `sign-in-<slug>.secret`.
    """

    slug = models.SlugField(unique=True)
    name = models.JSONField(validators=[validate_multilingual])
    # Whose people it is for, said beside its name; empty for everybody's.
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, blank=True, related_name="+")
    issuer = models.URLField()
    client_id = models.CharField(max_length=200)
    scope = models.CharField(max_length=100, default="openid email")
    # Whether an e-mail address that it says is verified counts as verified here: it then confirms new
    # accounts, and signs in to the account that has confirmed the same address.
    trusts_addresses = models.BooleanField(default=False)
    is_open = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(issuer="") & ~Q(client_id=""), name="identity_signinprovider_is_named"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class RegisterEntry(models.Model):
    """A row of an authority's register, hashed when it was loaded: nobody can be read out of it."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="register_entries")
    hmac = models.BinaryField(max_length=32)
    phone_hmac = models.BinaryField(max_length=32, null=True, blank=True)
    participation = models.CharField(max_length=10, choices=Participation)
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
            models.UniqueConstraint(fields=["authority", "hmac"], name="identity_register_entry_once"),
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
    # Where a visitor without an account asked from, hashed: how many codes go out is counted by it.
    network_hmac = models.BinaryField(max_length=32, null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    route = models.ForeignKey(VerificationRoute, models.CASCADE, related_name="+")
    phone_hmac = models.BinaryField(max_length=32)
    code_hmac = models.BinaryField(max_length=32)
    # For the register route: what was typed, hashed; compared when the code comes back, so that the
    # answer to typing it is the same whether or not the register knows it.
    entry_hmac = models.BinaryField(max_length=32, null=True, blank=True)
    participation = models.CharField(max_length=10, choices=Participation)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            # The latest code of an account, and how many were sent to it or to a phone in a day.
            models.Index(fields=["account", "-sent_at"], name="identity_challenge_of_account"),
            models.Index(fields=["phone_hmac", "-sent_at"], name="identity_challenge_of_phone"),
            # How many codes were sent for visitors of one network in an hour.
            models.Index(fields=["network_hmac", "-sent_at"], name="identity_challenge_of_network"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(account__isnull=False, network_hmac=None)
                | Q(account=None, network_hmac__isnull=False),
                name="identity_challenge_of_an_account_or_a_visitor",
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
            models.Index(fields=["account", "authority", "-failed_at"], name="identity_attempts"),
        ]

    def __str__(self) -> str:
        return f"failed attempt {self.pk}"


class VerificationAppeal(models.Model):
    """Somebody could not show who they are and asks that a person looks at it."""

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
                name="identity_appeal_one_open",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | (~Q(answer="") & Q(answered_by__isnull=False)),
                name="identity_appeal_answered_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("account")),
                name="identity_appeal_not_answered_by_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"appeal {self.pk}"


class Membership(models.Model):
    """A role an account holds in an authority, from grant to end; never deleted.

    A powerful role (`roles.POWERFUL`) takes two people: it is pending until somebody other than the
    one who granted it confirms, and it ends when somebody other than the one who asked confirms that.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    # Reviewers review for a department; nobody else has one.
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    grant_reason = models.CharField(max_length=200)
    # Granted, but not in force until a second person confirms.
    is_pending = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Somebody wants it ended; it stays in force until a second person agrees.
    end_asked_at = models.DateTimeField(null=True, blank=True)
    end_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "authority", "role", "department"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="identity_membership_held_once",
            ),
            models.CheckConstraint(
                condition=~Q(grant_reason=""), name="identity_membership_granted_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | ~Q(end_reason=""), name="identity_membership_ended_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(granted_by=None) | ~Q(granted_by=F("account")),
                name="identity_membership_not_granted_to_oneself",
            ),
            models.CheckConstraint(
                condition=Q(role="reviewer", department__isnull=False)
                | (~Q(role="reviewer") & Q(department=None)),
                name="identity_membership_reviewers_have_a_department",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | (~Q(confirmed_by=F("granted_by")) & ~Q(confirmed_by=F("account"))),
                name="identity_membership_confirmed_by_a_second",
            ),
            models.CheckConstraint(
                condition=~Q(role__in=POWERFUL)
                | Q(granted_by=None)
                | Q(is_pending=True)
                | Q(confirmed_at__isnull=False),
                name="identity_membership_powerful_needs_two",
            ),
            models.CheckConstraint(
                condition=Q(end_asked_by=None) | Q(ended_by=None) | ~Q(ended_by=F("end_asked_by")),
                name="identity_membership_ended_by_a_second",
            ),
            models.CheckConstraint(
                condition=Q(end_asked_at=None) | ~Q(end_reason=""),
                name="identity_membership_end_asked_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.authority_id}"


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
    # What is new in it, in a few sentences per language; empty for the first.
    changes = models.JSONField(default=dict, blank=True)
    # The site's own text per language; empty where the platform's words stand.
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
    """That an account, or a browser, agreed to something in one version, and when it took that back.

    A browser is known by a random number in a cookie it holds, which exists only where it agreed to
    more than necessary cookies.
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


class StaffView(models.Model):
    """That an official looked at a page with somebody's personal data; shown to that person."""

    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    subject = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="staff_views")
    # Empty where the platform's operator looked.
    authority = models.ForeignKey(Authority, models.PROTECT, null=True, blank=True, related_name="+")
    # The name of the page's address, `identity:roles`.
    page = models.CharField(max_length=100)
    reason = models.CharField(max_length=200, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-seen_at", "-pk"]
        indexes: ClassVar = [
            # Who looked at my data; and an authority's own list.
            models.Index(fields=["subject", "-seen_at"], name="identity_views_of_subject"),
            models.Index(fields=["authority", "-seen_at"], name="identity_views_in_authority"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(viewer=F("subject")), name="identity_staffview_is_of_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"view of {self.subject_id} on {self.page}"

    @property
    def page_name(self) -> str:
        """What the page is for, in the reader's language."""
        return str(PAGES_WITH_PERSONAL_DATA.get(self.page, self.page))


# Officials' pages on which personal data of participants or colleagues can be read.
PAGES_WITH_PERSONAL_DATA: dict[str, object] = {
    "identity:roles": _("roles in the authority"),
    "identity:role": _("one role"),
    "identity:desk_verify": _("service desk"),
    "identity:desk_answer": _("request for help with verification"),
    "moderation:queue": _("list of texts to be screened, one with contact data in it"),
    "moderation:case": _("screening of a text with contact data in it"),
}
