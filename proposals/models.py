"""Proposals and comments, and a proposal's life from draft to carried out."""

from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat, Lower, Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.fields import SealedTextField
from identity.models import AgeGroup, Person
from proposals.grounds import Ground
from proposals.lifecycle import HAPPENED, NEEDS_REASON, State
from proposals.querysets import CommentQuerySet, ProposalQuerySet, ReviewQuerySet
from rounds.models import Area, Category, Department, Participation, Round


class Channel(models.TextChoices):
    """The way by which something reached the authority."""

    WEB = "web", _("on a computer")
    MOBILE = "mobile", _("on a phone")
    ASSISTED = "assisted", _("with help from staff")
    PAPER = "paper", _("on paper")


class Track(models.TextChoices):
    """The call a proposal answers."""

    GENERAL = "general", _("general proposal")
    DONG = "dong", _("neighbourhood proposal")
    PETITION = "petition", _("petition proposal")
    YOUTH = "youth", _("youth proposal")
    GLOBAL = "global", _("global community proposal")


@dataclass(frozen=True, slots=True)
class Words:
    """A proposal's title and text in one language; `body` is empty where only the title exists in it."""

    title: str
    body: str
    language: str
    is_translation: bool


class Assistance(models.Model):
    """That a service desk wrote a text down for somebody who stood there, and how they agreed to it.

    The text is the person's: their limits, their age group, their account if they have one. The clerk is
    kept for the record and shown to nobody outside the desk.
    """

    class Consent(models.TextChoices):
        SPOKEN = "spoken", _("by word of mouth, after it was read out")
        SIGNED = "signed", _("in writing, on a sheet that the authority keeps")
        COMPANION = "companion", _("through somebody who came along")

    person = models.ForeignKey(Person, models.PROTECT, related_name="assistances")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    # Which words they agreed to: `services.assisted.CONSENT_VERSION`, and the privacy notice then in force.
    consent_version = models.PositiveSmallIntegerField()
    privacy_version = models.PositiveSmallIntegerField()
    consent = models.CharField(max_length=9, choices=Consent)
    # Old age or disability, without saying which: queues put the text first.
    has_priority = models.BooleanField(default=False)
    # Where an answer finds somebody without an account; people leave a phone or an address.
    reach = SealedTextField(max_length=200, blank=True, purpose="where an answer is to go")
    # That the desk handed over, sent or phoned through what became of the text, and as of when.
    told_at = models.DateTimeField(null=True, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(consent="") & Q(consent_version__gte=1, privacy_version__gte=1),
                name="proposals_assistance_is_agreed_to",
            ),
            models.CheckConstraint(
                condition=Q(told_at=None, told_by=None) | Q(told_at__isnull=False, told_by__isnull=False),
                name="proposals_assistance_told_by_somebody",
            ),
        ]
        indexes: ClassVar = [
            # How much a clerk wrote down in a day.
            models.Index(fields=["written_by", "-written_at"], name="proposals_written_down_by"),
        ]

    def __str__(self) -> str:
        return f"assistance {self.pk}"


class Proposal(models.Model):
    """What a resident asks the authority to do, from draft to decision."""

    class Competence(models.TextChoices):
        OWN = "own", _("within the authority's own powers")
        OTHER = "other", _("another body is competent")

    round = models.ForeignKey(Round, models.PROTECT, related_name="proposals")
    # Given at the first submission: the round's prefix and a number. Drafts have none.
    code = models.CharField(max_length=30, unique=True, null=True, blank=True)
    # Empty for proposals loaded from a record without their authors, and for those that a service desk
    # wrote down for somebody without an account.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    # What the author was when they submitted it; people move.
    participation = models.CharField(max_length=10, choices=Participation, blank=True)
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    # Self-declared, with consent; empty means not stated.
    is_foreign_resident = models.BooleanField(null=True, blank=True)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.WEB)
    # The last time a service desk wrote it down for its author.
    assistance = models.OneToOneField(
        Assistance, models.PROTECT, null=True, blank=True, related_name="proposal"
    )
    track = models.CharField(max_length=10, choices=Track, default=Track.GENERAL)
    # Only a draft may do without.
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="proposals")
    # Empty for a proposal for the whole of the authority's area.
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="proposals")
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    title = models.CharField(max_length=120, blank=True)
    body = models.TextField(max_length=4000, blank=True)
    # {"en": {"title": …, "body": …}}: official translations, shown beside the original.
    translations = models.JSONField(default=dict, blank=True)
    # What the author thinks it costs, in the round's currency. Only a draft may do without; 0 is
    # known from records, for a wish that needs no project.
    requested_cost_minor = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    # The reason for the present state, where it is a no.
    ground = models.CharField(max_length=30, choices=Ground, blank=True)
    explanation = models.TextField(max_length=2000, blank=True)
    # Results of the review.
    competence = models.CharField(max_length=6, choices=Competence, blank=True)
    reviewed_cost_minor = models.BigIntegerField(null=True, blank=True)
    referred_to = models.CharField(max_length=120, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged_proposals"
    )
    # Supporters counted before the platform was used; Support rows come on top.
    n_supporters_recorded = models.PositiveIntegerField(default=0)
    # Both together, so that a list can be sorted by it; kept by `services.supports`.
    n_supporters = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Counts changes of text; a stale edit form is told so instead of overwriting.
    version = models.PositiveIntegerField(default=1)
    # What a search looks through: the words in every language they exist in, in lower case.
    search_text = models.GeneratedField(
        expression=Lower(
            Concat(
                F("title"),
                Value(" "),
                F("body"),
                Value(" "),
                Cast("translations", models.TextField()),
                output_field=models.TextField(),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | (Q(category__isnull=False, requested_cost_minor__isnull=False) & ~Q(title="")),
                name="proposals_proposal_submitted_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(n_supporters__gte=F("n_supporters_recorded")),
                name="proposals_proposal_supporters_include_recorded",
            ),
            models.CheckConstraint(
                condition=Q(requested_cost_minor__gte=0),
                name="proposals_proposal_requested_cost_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_cost_minor=None) | Q(reviewed_cost_minor__gt=0),
                name="proposals_proposal_reviewed_cost_is_positive",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=NEEDS_REASON) | ~Q(ground=""),
                name="proposals_proposal_every_no_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(code__isnull=False, submitted_at__isnull=False),
                name="proposals_proposal_submitted_has_a_code",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["feasible", "on_ballot", "adopted", "not_adopted"])
                | Q(competence="own", reviewed_cost_minor__isnull=False),
                name="proposals_proposal_feasible_has_competence_and_cost",
            ),
            models.CheckConstraint(
                condition=~Q(state="referred") | (Q(competence="other") & ~Q(referred_to="")),
                name="proposals_proposal_referred_names_the_body",
            ),
            models.CheckConstraint(
                condition=~Q(state="merged") | Q(merged_into__isnull=False),
                name="proposals_proposal_merged_names_the_other",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")),
                name="proposals_proposal_not_merged_into_itself",
            ),
        ]
        indexes: ClassVar = [
            # The public list of a round, newest first, narrowed by state.
            models.Index(fields=["round", "state", "-submitted_at"], name="proposals_list"),
            # Words anywhere in a text, in scripts that write no spaces as well.
            GinIndex(OpClass(F("search_text"), name="gin_trgm_ops"), name="proposals_search"),
            # An author's own.
            models.Index(fields=["author", "-created_at"], name="proposals_of_author"),
            # What waits for screening, oldest first.
            models.Index(fields=["submitted_at"], condition=Q(state="pending"), name="proposals_waiting"),
        ]

    def __str__(self) -> str:
        return self.code or f"draft {self.pk}"

    def words_for(self, language: str) -> "Words":
        """Return the text a reader of `language` is shown first: the official translation if there is one."""
        translation = self.translations.get(language)
        if language == self.language or not translation or not translation.get("title"):
            return Words(self.title, self.body, self.language, is_translation=False)
        body = translation.get("body", "")
        # A title alone was translated: its text stays as it was written.
        return Words(translation["title"], body, language, is_translation=True)

    @property
    def public_name(self) -> str:
        """The name others see beside it; empty for a record without authors."""
        if self.author is not None:
            return self.author.public_name
        return gettext("A resident") if self.assistance_id is not None else ""

    @property
    def cost_minor(self) -> int | None:
        """The reviewed cost where there is one, else what the author asked for; None in some drafts."""
        return self.requested_cost_minor if self.reviewed_cost_minor is None else self.reviewed_cost_minor


class Step(models.Model):
    """One step in a proposal's life, with who took it and, if it says no, why. Append-only by trigger."""

    class Body(models.TextChoices):
        AUTHOR = "author", _("author")
        MODERATION = "moderation", _("moderation")
        DEPARTMENT = "department", _("department")
        ADMINISTRATION = "administration", _("administration")
        RESIDENTS = "residents", _("residents' vote")
        COUNCIL = "council", _("council")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=12, choices=State, blank=True)
    to_state = models.CharField(max_length=12, choices=State)
    body = models.CharField(max_length=14, choices=Body)
    # The department that decided, where one did.
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    # Empty where the clock acted or the step was loaded from a record.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    ground = models.CharField(max_length=30, choices=Ground, blank=True)
    explanation = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(to_state__in=NEEDS_REASON) | ~Q(ground=""),
                name="proposals_step_every_no_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.from_state} → {self.to_state}"

    @property
    def happened(self) -> str:
        """What happened, in the reader's language."""
        return str(HAPPENED[State(self.to_state)])


class Revision(models.Model):
    """A proposal's text as it stood at a submission. Append-only by trigger, but for its words.

    Words that were never public go when their author has the account erased; that there were some stays.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="revisions")
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=5)
    title = models.CharField(max_length=120)
    body = models.TextField(max_length=4000, blank=True)
    requested_cost_minor = models.BigIntegerField()
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    saved_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["version"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(title="", body=""),
                name="proposals_revision_erased_is_empty",
            ),
            models.UniqueConstraint(
                fields=["proposal", "version"], name="proposals_revision_one_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} version {self.version}"


class Support(models.Model):
    """Somebody's sign that a proposal is worth reviewing; not a vote."""

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="supports")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="supports")
    participation = models.CharField(max_length=10, choices=Participation)
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["proposal", "account"], name="proposals_support_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return f"support of {self.proposal_id}"


class Comment(models.Model):
    """What somebody says about a proposal; shown to others once it was screened."""

    class State(models.TextChoices):
        PENDING = "pending", _("Being screened")
        PUBLISHED = "published", _("Published")
        REJECTED = "rejected", _("Not published")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="comments")
    # Empty where a service desk wrote it down for somebody without an account.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="comments"
    )
    assistance = models.OneToOneField(
        Assistance, models.PROTECT, null=True, blank=True, related_name="comment"
    )
    participation = models.CharField(max_length=10, choices=Participation)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    text = models.TextField(max_length=2000)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    ground = models.CharField(max_length=30, choices=Ground, blank=True)
    explanation = models.TextField(max_length=2000, blank=True)
    posted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["posted_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(ground=""),
                name="proposals_comment_every_no_has_a_reason",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="proposals_comment_is_not_empty"),
            models.CheckConstraint(
                condition=Q(author__isnull=False) | Q(assistance__isnull=False),
                name="proposals_comment_is_somebodys",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["posted_at"], condition=Q(state="pending"), name="proposals_comment_waiting"
            ),
            # The comments under one proposal, oldest first.
            models.Index(fields=["proposal", "posted_at"], name="proposals_comment_of_proposal"),
        ]

    def __str__(self) -> str:
        return f"comment {self.pk}"

    @property
    def public_name(self) -> str:
        """The name others see beside it."""
        return gettext("A resident") if self.author is None else self.author.public_name


class Review(models.Model):
    """A department's examination of a proposal, from assignment to conclusion."""

    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="review")
    department = models.ForeignKey(Department, models.PROTECT, related_name="reviews")
    assigned_at = models.DateTimeField()
    due_on = models.DateField()
    concluded_at = models.DateTimeField(null=True, blank=True)
    concluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ReviewQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # A department's open work, the most urgent first.
            models.Index(
                fields=["department", "due_on"], condition=Q(concluded_at=None), name="proposals_review_open"
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.proposal_id}"


class Milestone(models.Model):
    """How far an adopted project has come, as reported on a day. Append-only by trigger."""

    class Progress(models.TextChoices):
        PLANNED = "planned", _("Planned")
        IN_PROGRESS = "in_progress", _("In progress")
        DELAYED = "delayed", _("Delayed")
        COMPLETED = "completed", _("Completed")
        CANCELLED = "cancelled", _("Cancelled")

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="milestones")
    progress = models.CharField(max_length=12, choices=Progress)
    note = models.CharField(max_length=300, blank=True)
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["reported_at", "pk"]

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.progress}"
