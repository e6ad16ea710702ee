"""The proposal itself: its text, how it reached the authority, and what was found and decided about it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Coalesce, Concat, Lower, Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from authorities.models import known_reason, reason_code
from authorities.tracks import StandardTrack
from core.i18n import choose
from identity.models import Account
from identity.verification.models import AgeGroup
from proposals import findings, lifecycle
from proposals.lifecycle import Audience, Reached, State, StateSpec
from proposals.models.assisted_submissions import AssistedSubmission
from proposals.models.proposal_text import WORDS, ProposalText
from rounds.models import Residency, Round


class Channel(models.TextChoices):
    """The way in which something reached the authority."""

    WEB = "web", _("on a computer")
    MOBILE = "mobile", _("on a phone")
    ASSISTED = "assisted", _("with help from staff")
    PAPER = "paper", _("on paper")


@dataclass(frozen=True, slots=True)
class Words:
    """A proposal's title and text in one language; `body` is empty where only the title exists in it."""

    title: str
    body: str
    language: str
    is_translation: bool


def _searched() -> Iterator[F | Value | Cast]:
    for name in WORDS:
        yield F(name)
        yield Value(" ")
    yield Cast("translations", models.TextField())


def state_constraints() -> list[models.BaseConstraint]:
    """Return what the database demands of a proposal in each state, as the rows of `lifecycle` say."""
    # The states that may lack something are named, so that the database is strict about every other.
    is_unfinished = Q(state__in=sorted(lifecycle.codes(lambda row: row.reached < Reached.SUBMITTED)))
    return [
        models.CheckConstraint(
            condition=is_unfinished
            | (Q(category__isnull=False, requested_cost_minor__isnull=False) & ~Q(title="")),
            name="proposals_proposal_submitted_is_complete",
        ),
        models.CheckConstraint(
            condition=is_unfinished | Q(code__isnull=False, submitted_at__isnull=False),
            name="proposals_proposal_submitted_has_a_code",
        ),
        models.CheckConstraint(
            condition=~Q(state__in=sorted(lifecycle.owing_reason())) | ~Q(reason=""),
            name="proposals_proposal_every_no_has_a_reason",
        ),
        models.CheckConstraint(
            condition=~Q(state__in=sorted(lifecycle.reaching(Reached.FEASIBLE)))
            | Q(competence="own", reviewed_cost_minor__isnull=False),
            name="proposals_proposal_feasible_has_competence_and_cost",
        ),
    ]


def public_rows() -> Q:
    """Return the condition for what everybody may see: by its state, or because it was public before."""
    return Q(state__in=lifecycle.with_audience(Audience.EVERYBODY)) | Q(
        state__in=lifecycle.with_audience(Audience.AS_BEFORE), published_at__isnull=False
    )


class ProposalQuerySet(QuerySet["Proposal"]):
    def public(self) -> Self:
        """Keep what everybody may see."""
        return self.filter(public_rows())

    def visible_to(self, account: Account | AnonymousUser) -> Self:
        """Keep what is public and what the account wrote itself. Officials have their own pages."""
        if not account.is_authenticated:
            return self.public()
        return self.filter(public_rows() | Q(author_id=account.pk))

    def saying(self, words: str) -> Self:
        """Keep those whose text contains all of the words, in any of its languages, in any case.

        Parts of words count, since Thai and Korean write them without spaces.
        """
        found = self
        for word in unicodedata.normalize("NFC", words).lower().split():
            found = found.filter(search_text__contains=word)
        return found

    def costing(self, at_least: int | None = None, at_most: int | None = None) -> Self:
        """Keep those whose cost is in the range, both ends included, in minor units.

        The reviewed cost if there is one, otherwise the author's estimate.
        """
        found = self.annotate(counted_cost_minor=Coalesce("reviewed_cost_minor", "requested_cost_minor"))
        if at_least is not None:
            found = found.filter(counted_cost_minor__gte=at_least)
        if at_most is not None:
            found = found.filter(counted_cost_minor__lte=at_most)
        return found

    def shuffled(self, seed: str) -> Self:
        """Order at random, the same way each time for one seed."""
        return self.order_by(MD5(Concat(Cast("pk", TextField()), Value(seed))), "pk")


class Proposal(ProposalText):
    """A resident's request to the authority, from draft to decision."""

    class Competence(models.TextChoices):
        OWN = "own", _("within the authority's own powers")
        OTHER = "other", _("another authority is responsible")

    round = models.ForeignKey(Round, models.PROTECT, related_name="proposals")
    # Given at the first submission: the round's prefix and a number. Drafts have none. Unique in the whole
    # authority, since each of its rounds has another prefix.
    code = models.CharField(max_length=30, null=True, blank=True)
    # Empty for proposals loaded from a record without their authors, and for those submitted by a service
    # desk for a person without an account.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    # The author's facts at the time of submission; people move.
    residency = models.CharField(max_length=10, choices=Residency, blank=True)
    age_group = models.CharField(max_length=5, choices=AgeGroup, blank=True)
    # Self-declared, with consent; empty means not stated.
    is_foreign_resident = models.BooleanField(null=True, blank=True)
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.WEB)
    # The last time a service desk wrote it down for its author.
    assisted_submission = models.OneToOneField(
        AssistedSubmission, models.PROTECT, null=True, blank=True, related_name="proposal"
    )
    # The code of a `Track` of the authority; a trigger holds it.
    track = models.CharField(max_length=30, default=StandardTrack.GENERAL.value)
    # {"en": {"title": …, "body": …}}: official translations, shown with the original.
    translations = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, choices=lifecycle.choices, default=State.DRAFT.value)
    # The reason for the present state, if it is a no.
    reason = models.CharField(max_length=30, blank=True)
    reason_code = reason_code()
    explanation = models.TextField(max_length=2000, blank=True)
    # Finding of a process, such as the count; see `findings`.
    finding = models.JSONField(default=dict, blank=True)
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
    # Counts changes of text, so that a stale edit form is refused instead of overwriting.
    version = models.PositiveIntegerField(default=1)
    # Text of the search: the words in every language they exist in, in lower case.
    search_text = models.GeneratedField(
        expression=Lower(Concat(*_searched(), output_field=models.TextField())),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            *state_constraints(),
            known_reason("proposals_proposal"),
            models.CheckConstraint(
                condition=findings.has_a_kind(), name="proposals_proposal_finding_has_a_kind"
            ),
            models.UniqueConstraint(fields=["round", "code"], name="proposals_proposal_one_per_code"),
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
            # Texts waiting to be screened, oldest first.
            models.Index(fields=["submitted_at"], condition=Q(state="pending"), name="proposals_waiting"),
            # Proposals under review: few of all there ever were, and queried twice a minute.
            models.Index(fields=["round"], condition=Q(state="published"), name="proposals_under_review"),
        ]

    def __str__(self) -> str:
        return self.code or f"draft {self.pk}"

    def words_for(self, language: str) -> "Words":
        """Return the text a reader of `language` is shown first, by the rule of `choose` as on the ballot.

        The title decides: an official translation into the language, else into English, else the original.
        """
        titles = {self.language: self.title} | {
            code: texts.get("title", "") for code, texts in self.translations.items() if code != self.language
        }
        title, found = choose(titles, language)
        if found == self.language or not title:
            return Words(self.title, self.body, self.language, is_translation=False)
        # If the title alone was translated, the text stays as it was written.
        return Words(title, self.translations[found].get("body", ""), found, is_translation=True)

    @property
    def finding_in_words(self) -> str:
        """The finding in the reader's language; empty if there is none."""
        return findings.in_words(self.finding)

    @property
    def standing(self) -> StateSpec:
        """The row of `lifecycle` for the state it is in."""
        return lifecycle.STATES[self.state]

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_sent_back(self) -> bool:
        return self.state == State.SENT_BACK

    @property
    def is_pending(self) -> bool:
        """Return whether it waits to be screened."""
        return self.state == State.PENDING

    @property
    def is_adopted(self) -> bool:
        return self.state == State.ADOPTED

    @property
    def is_editable(self) -> bool:
        """Return whether its author can change the text and submit it."""
        return self.standing.is_editable

    @property
    def can_be_withdrawn(self) -> bool:
        return lifecycle.may_follow(self.state, State.WITHDRAWN)

    @property
    def public_name(self) -> str:
        """The name shown with it; empty for a record without authors."""
        if self.author is not None:
            return self.author.public_name
        return gettext("A resident") if self.assisted_submission_id is not None else ""

    @property
    def cost_minor(self) -> int | None:
        """The reviewed cost if there is one, otherwise the author's estimate; None in some drafts."""
        return self.requested_cost_minor if self.reviewed_cost_minor is None else self.reviewed_cost_minor
