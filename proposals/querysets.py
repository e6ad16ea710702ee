"""Narrowing of proposals and comments to what a reader may see."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import MD5, Cast, Coalesce, Concat

from proposals import lifecycle
from proposals.lifecycle import Audience

if TYPE_CHECKING:

    from identity.models import Account
    from proposals.models import Comment, Proposal  # noqa: F401 (named in the bases)


def public_rows() -> Q:
    """Return the condition for what everybody may see: by its state, or because it was public before."""
    return Q(state__in=lifecycle.with_audience(Audience.EVERYBODY)) | Q(
        state__in=lifecycle.with_audience(Audience.AS_BEFORE), published_at__isnull=False
    )


class ProposalQuerySet(QuerySet["Proposal"]):
    def public(self) -> ProposalQuerySet:
        """Keep what everybody may see."""
        return self.filter(public_rows())

    def visible_to(self, account: Account | AnonymousUser) -> ProposalQuerySet:
        """Keep what is public and what the account wrote itself. Officials have their own pages."""
        if not account.is_authenticated:
            return self.public()
        return self.filter(public_rows() | Q(author_id=account.pk))

    def saying(self, words: str) -> ProposalQuerySet:
        """Keep those whose text has every one of the words, in any of its languages, in any case.

        Parts of words count, since Thai and Korean write them without spaces.
        """
        found = self
        for word in unicodedata.normalize("NFC", words).lower().split():
            found = found.filter(search_text__contains=word)
        return found

    def costing(self, at_least: int | None = None, at_most: int | None = None) -> ProposalQuerySet:
        """Keep those whose cost lies in the range, both ends included, in minor units.

        The reviewed cost counts where there is one, else what the author asked for.
        """
        found = self.annotate(counted_cost_minor=Coalesce("reviewed_cost_minor", "requested_cost_minor"))
        if at_least is not None:
            found = found.filter(counted_cost_minor__gte=at_least)
        if at_most is not None:
            found = found.filter(counted_cost_minor__lte=at_most)
        return found

    def shuffled(self, seed: str) -> ProposalQuerySet:
        """Order at random, the same way each time for one seed."""
        return self.order_by(MD5(Concat(Cast("pk", TextField()), Value(seed))), "pk")


class CommentQuerySet(QuerySet["Comment"]):
    def public(self) -> CommentQuerySet:
        return self.filter(state="published")

    def visible_to(self, account: Account | AnonymousUser) -> CommentQuerySet:
        """Keep published comments and the account's own that still wait or were rejected."""
        if not account.is_authenticated:
            return self.public()
        return self.filter(Q(state="published") | Q(author_id=account.pk))
