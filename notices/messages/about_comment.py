"""Base of notices about a comment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from audit.models import Event
from authorities.selectors import reason_in_words, reason_texts
from identity.models import Account
from notices.messages.about_proposal import page_of
from notices.messages.kind import Message, NoticeKind, absolute, sender
from proposals.models import Comment

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class CommentKind(NoticeKind):
    """Notifies a comment's author of its outcome, with the reason if it was rejected.

    The service desk informs people without an account, from its own list.
    """

    happened: StrOrPromise
    next: StrOrPromise

    def recipients(self, event: Event) -> Iterable[Account]:
        comment = Comment.objects.select_related("author").get(pk=event.subject_id)
        return [] if comment.author is None else [comment.author]

    def write(self, event: Event) -> Message:
        comment = Comment.objects.select_related("proposal__round__authority").get(pk=event.subject_id)
        proposal = comment.proposal
        return Message(
            title=str(self.label),
            happened=str(self.happened) % {"code": proposal.code, "title": proposal.title},
            rule=reason_in_words(reason_texts(proposal.round.authority.slug), comment.reason),
            reason=comment.explanation,
            next=str(self.next),
            url=absolute(f"{page_of(proposal)}#comments"),
            sender=sender(proposal.round.authority),
        )
