"""The kinds of notices: one module each, and one line here."""

from notices.messages import proposal_states
from notices.messages.comment_published import CommentPublished
from notices.messages.comment_rejected import CommentRejected
from notices.messages.kind import NoticeKind
from notices.messages.proposal_on_behalf import ProposalOnBehalf

# By code.
KINDS: dict[str, NoticeKind] = {
    kind.code: kind
    for kind in (
        *proposal_states.KINDS,
        ProposalOnBehalf(),
        CommentPublished(),
        CommentRejected(),
    )
}


def topics() -> set[str]:
    """Return the actions that one of the kinds tells of."""
    return {topic for kind in KINDS.values() for topic in kind.topics}


def about(action: str) -> list[NoticeKind]:
    """Return the kinds that tell of an action, in the order of their list."""
    return [kind for kind in KINDS.values() if action in kind.topics]
