"""Narrowing of proposals and comments to what a reader may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from proposals.lifecycle import PUBLIC

if TYPE_CHECKING:
    from identity.models import Account


class ProposalQuerySet(QuerySet["Proposal"]):
    def public(self) -> ProposalQuerySet:
        """Keep what everybody may see: published once, or withdrawn after having been published."""
        return self.filter(Q(state__in=PUBLIC) | Q(state="withdrawn", published_at__isnull=False))

    def visible_to(self, account: Account | AnonymousUser) -> ProposalQuerySet:
        """Keep what is public and what the account wrote itself. Officials have their own pages."""
        if not account.is_authenticated:
            return self.public()
        return self.filter(
            Q(state__in=PUBLIC) | Q(state="withdrawn", published_at__isnull=False) | Q(author_id=account.pk)
        )


class CommentQuerySet(QuerySet["Comment"]):
    def public(self) -> CommentQuerySet:
        return self.filter(state="published")

    def visible_to(self, account: Account | AnonymousUser) -> CommentQuerySet:
        """Keep published comments and the account's own that still wait or were rejected."""
        if not account.is_authenticated:
            return self.public()
        return self.filter(Q(state="published") | Q(author_id=account.pk))
