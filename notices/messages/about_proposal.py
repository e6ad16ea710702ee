"""Base of notices about a proposal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.urls import reverse

from audit.models import Event
from identity.models import Account
from notices.messages.kind import NoticeKind
from proposals.models import Proposal

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ProposalKind(NoticeKind):
    """Tells a proposal's author. The sentences may hold %(code)s, %(title)s and what `_names` adds."""

    happened: StrOrPromise
    next: StrOrPromise

    def recipients(self, event: Event) -> Iterable[Account]:
        """Return the author. Nobody in an imported round: what became of it happened elsewhere."""
        proposal = Proposal.objects.select_related("author", "round").get(pk=event.subject_id)
        return [] if proposal.author is None or proposal.round.is_imported else [proposal.author]

    def title_of(self, proposal: Proposal) -> str:
        return f"{self.label}: {proposal.title}"

    def sentences(self, proposal: Proposal) -> tuple[str, str]:
        """Return what happened and what the reader can do next."""
        names = {"code": proposal.code, "title": proposal.title, "body": proposal.referred_to}
        if proposal.merged_into is not None:
            names |= {"other": proposal.merged_into.code, "other_title": proposal.merged_into.title}
        return str(self.happened) % names, str(self.next)


def page_of(proposal: Proposal) -> str:
    """Return the path of the page of a proposal that was handed in at least once."""
    assert proposal.code is not None
    return reverse("proposals:detail", args=[*_places(proposal), proposal.code])


def draft_of(proposal: Proposal) -> str:
    """Return the path of the page on which its author changes a proposal."""
    return reverse("proposals:draft", args=[*_places(proposal), proposal.pk])


def _places(proposal: Proposal) -> list[str]:
    return [proposal.round.authority.slug, proposal.round.slug]
